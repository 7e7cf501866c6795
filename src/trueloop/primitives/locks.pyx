"""Lock, Event, Semaphore and BoundedSemaphore: asyncio's, native.

Law: who may go on, and who is next. What it takes to wait is in operation.pyx and line.pyx.

Condition is in conditions.pyx; Barrier is asyncio's own code, which consists of a condition.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF

import sys
from asyncio import locks

from trueloop.kernel.future cimport FINISHED, Future, ended
from trueloop.kernel.slots cimport (
    PYGEN_RETURN, PySendResult, PyTypeObject, destructor, tl_set_awaiter,
)
from trueloop.primitives.line cimport Waiter
from trueloop.primitives.operation cimport (
    NOTHING, OVER, UNDER_WAY, is_own, make_coroutine, quietly_send,
)

cdef extern from "Python.h":
    int PyObject_CallFinalizerFromDealloc(PyObject *) noexcept
    void PyObject_GC_UnTrack(PyObject *) noexcept

cdef extern from *:
    """
    static inline int tl_has_weak_references(PyObject *op) {
        return *(PyObject **)((char *)op + Py_TYPE(op)->tp_weaklistoffset) != NULL;
    }
    """
    bint tl_has_weak_references(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(wait_pool, 4096)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void wait_pool_install(PooledType *) noexcept

cdef str ACQUIRE = sys.intern("acquire")
cdef str RELEASE = sys.intern("release")
# What `async with` does if somebody has given a lock another acquire() or release().
cdef object _enter = locks._ContextManagerMixin.__aenter__
cdef object _leave = locks._ContextManagerMixin.__aexit__


cdef str described(object primitive, str extra, Line line):
    """An object's repr, with what there is to say about a primitive."""
    if line.count:
        extra += f", waiters:{line.count}"
    return f"{object.__repr__(primitive)[:-1]} [{extra}]>"


# ---- Lock

cdef class LockAcquire(Waiter):
    stands_for = locks.Lock.acquire.__code__

    @property
    def __qualname__(self):
        return "_ContextManagerMixin.__aenter__" if self.entering else "Lock.acquire"

    cdef object begin(self):
        cdef Lock lock = self.lock
        if not lock.held and lock.line.all_cancelled():
            lock.held = True
            return None if self.entering else True
        lock.line.join(self, lock.new_future())

    cdef object woken(self, Future future, object error):
        cdef Lock lock = self.lock
        if error is None:
            lock.held = True
            return None if self.entering else True
        # Was it to be ours, or is nobody's: then it is the next one's.
        if not lock.held:
            lock.free()


cdef class Lock(LoopBound):
    """asyncio.Lock."""

    def __cinit__(self):
        self.line = Line()

    def __repr__(self):
        return described(self, "locked" if self.held else "unlocked", self.line)

    def locked(self):
        """Whether somebody holds the lock."""
        return bool(self.held)

    def acquire(self):
        """Wait until the lock is free and take it; gives True."""
        cdef LockAcquire operation = LockAcquire.__new__(LockAcquire)
        operation.lock = self
        return operation

    def release(self):
        """Give the lock to the one who waits longest. RuntimeError if nobody holds it."""
        if not self.held:
            raise RuntimeError("Lock is not acquired.")
        self.held = False
        self.free()

    cdef int free(self) except -1:
        """Wake the first in line; if it is awake already, it will take the lock or call this."""
        cdef Future future
        if self.line.first != NULL:
            future = self.line.head()
            if future is not None and not future.done():
                self.note_thread(future, "release()")
                future.settle(True)
        return 0

    def __aenter__(self):
        cdef LockAcquire operation
        if not is_own(self, ACQUIRE, _lock_acquire):
            return _enter(self)
        operation = LockAcquire.__new__(LockAcquire)
        operation.lock = self
        operation.entering = True
        return operation

    def __aexit__(self, exc_type, exc, tb):
        if not is_own(self, RELEASE, _lock_release):
            return _leave(self, exc_type, exc, tb)
        self.release()
        return NOTHING

    # -- what others read of asyncio's

    @property
    def _locked(self):
        return bool(self.held)

    @_locked.setter
    def _locked(self, value):
        self.held = value

    @property
    def _waiters(self):
        return self.line.snapshot()


# ---- Event

@cython.final
cdef class EventWait(Waiter):
    cdef Event event

    stands_for = locks.Event.wait.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    def __next__(self):
        return self.send(None)

    @property
    def __qualname__(self):
        return "Event.wait"

    cdef object begin(self):
        if self.event.value:
            return True
        self.event.line.join(self, self.event.new_future())

    cdef object woken(self, Future future, object error):
        return True


cdef class Event(LoopBound):
    """asyncio.Event."""

    def __cinit__(self):
        self.line = Line()

    def __repr__(self):
        return described(self, "set" if self.value else "unset", self.line)

    def is_set(self):
        """Whether the event is set."""
        return bool(self.value)

    def set(self):
        """Set the event, and wake all who wait for that."""
        if not self.value:
            self.value = True
            if self.line.first != NULL:
                self.note_thread(self.line.head(), "set()")
                self.line.wake(True)

    def clear(self):
        """From now on, wait() waits."""
        self.value = False

    def wait(self):
        """Wait until the event is set; gives True."""
        cdef EventWait operation = EventWait.__new__(EventWait)
        operation.event = self
        return operation

    @property
    def _value(self):
        return bool(self.value)

    @_value.setter
    def _value(self, value):
        self.value = value

    @property
    def _waiters(self):
        return self.line.snapshot()


# ---- Semaphore

cdef class SemaphoreAcquire(Waiter):
    cdef Semaphore semaphore
    cdef bint entering

    stands_for = locks.Semaphore.acquire.__code__

    @property
    def __qualname__(self):
        return "_ContextManagerMixin.__aenter__" if self.entering else "Semaphore.acquire"

    cdef object begin(self):
        cdef Semaphore semaphore = self.semaphore
        if semaphore.must_wait():
            semaphore.line.join(self, semaphore.new_future())
            return None
        semaphore.count -= 1
        return None if self.entering else True

    cdef object woken(self, Future future, object error):
        cdef Semaphore semaphore = self.semaphore
        if error is not None and future.state == FINISHED:
            semaphore.count += 1  # it was let in, and cannot come
        # Those who came since then had to queue, even if there was room.
        while semaphore.count > 0 and semaphore.let_one_in():
            pass
        return None if self.entering else True


cdef class Semaphore(LoopBound):
    """asyncio.Semaphore."""

    def __cinit__(self, *args, **kwargs):
        self.line = Line()
        self.count = 1

    def __init__(self, value=1):
        if value < 0:
            raise ValueError("Semaphore initial value must be >= 0")
        self.count = value

    def __repr__(self):
        extra = "locked" if self.locked() else f"unlocked, value:{self.count}"
        return described(self, extra, self.line)

    cdef bint must_wait(self) except -1:
        return self.count == 0 or not self.line.all_cancelled()

    cdef bint let_one_in(self) except -1:
        """Let the first in line in; False if there is nobody."""
        cdef Future future = self.line.first_pending()
        if future is None:
            return False
        self.count -= 1
        self.note_thread(future, "release()")
        future.settle(True)
        return True

    def locked(self):
        """Whether acquire() would have to wait."""
        return bool(self.must_wait())

    def acquire(self):
        """Wait until the counter is above zero, and take one off; gives True."""
        cdef SemaphoreAcquire operation = SemaphoreAcquire.__new__(SemaphoreAcquire)
        operation.semaphore = self
        return operation

    def release(self):
        """Add one to the counter, or let the first in line in."""
        self.count += 1
        self.let_one_in()

    def __aenter__(self):
        cdef SemaphoreAcquire operation
        if not is_own(self, ACQUIRE, _semaphore_acquire):
            return _enter(self)
        operation = SemaphoreAcquire.__new__(SemaphoreAcquire)
        operation.semaphore = self
        operation.entering = True
        return operation

    def __aexit__(self, exc_type, exc, tb):
        if not is_own(self, RELEASE, _semaphore_release):
            return _leave(self, exc_type, exc, tb)
        self.count += 1
        self.let_one_in()
        return NOTHING

    @property
    def _value(self):
        return self.count

    @_value.setter
    def _value(self, value):
        self.count = value

    @property
    def _waiters(self):
        return self.line.snapshot()


cdef class BoundedSemaphore(Semaphore):
    """asyncio.BoundedSemaphore."""

    cdef object bound

    def __init__(self, value=1):
        self.bound = value
        Semaphore.__init__(self, value)

    @property
    def _bound_value(self):
        return self.bound

    def release(self):
        """As Semaphore.release(). ValueError above the initial value."""
        if self.count >= self.bound:
            raise ValueError("BoundedSemaphore released too many times")
        self.count += 1
        self.let_one_in()

    def __aexit__(self, exc_type, exc, tb):
        if not is_own(self, RELEASE, _bounded_release):
            return _leave(self, exc_type, exc, tb)
        self.release()
        return NOTHING


cdef object _lock_acquire = Lock.__dict__["acquire"]
cdef object _lock_release = Lock.__dict__["release"]
cdef object _semaphore_acquire = Semaphore.__dict__["acquire"]
cdef object _semaphore_release = Semaphore.__dict__["release"]
cdef object _bounded_release = BoundedSemaphore.__dict__["release"]

make_coroutine(<PyTypeObject *>LockAcquire)
make_coroutine(<PyTypeObject *>SemaphoreAcquire)


# Whole crowds wait for events: what becomes of each waiter gets functions of its own.

cdef object yes = True

cdef PySendResult event_send(PyObject *op, PyObject *argument, PyObject **result) noexcept:
    if (
        (<EventWait>op).stage == UNDER_WAY
        and (<EventWait>op).future.state == FINISHED
        and not (<EventWait>op).future.failed
    ):
        (<EventWait>op).stage = OVER
        (<EventWait>op).line.leave(<EventWait>op)
        (<EventWait>op).future = None
        Py_INCREF(yes)
        result[0] = <PyObject *>yes
        return PYGEN_RETURN
    return quietly_send(op, argument, result)


cdef PyObject *event_next(PyObject *op) noexcept:
    cdef PyObject *result = NULL
    return ended(result) if event_send(op, NULL, &result) == PYGEN_RETURN else result


cdef destructor dealloc_at_length = (<PyTypeObject *>EventWait).tp_dealloc


cdef void event_dealloc(PyObject *op) noexcept:
    """Without the questions that only one who was left half-way has to be asked.

    No reference to `op` may be taken here: it has none any more.
    """
    if (<EventWait>op).stage != OVER and PyObject_CallFinalizerFromDealloc(op) < 0:
        return
    if tl_has_weak_references(op):
        dealloc_at_length(op)
        return
    PyObject_GC_UnTrack(op)
    Py_XDECREF(<PyObject *>(<EventWait>op).event)
    Py_XDECREF(<PyObject *>(<EventWait>op).line)
    Py_XDECREF(<PyObject *>(<EventWait>op).future)
    Py_XDECREF(<PyObject *>(<EventWait>op).origin)
    (<PyTypeObject *>EventWait).tp_free(op)


wait_pool_install(<PooledType *>EventWait)
(<PyTypeObject *>EventWait).tp_dealloc = event_dealloc
make_coroutine(<PyTypeObject *>EventWait)
tl_set_awaiter(<PyTypeObject *>EventWait, event_send, event_next)
