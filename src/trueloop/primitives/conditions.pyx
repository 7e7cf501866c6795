"""Condition: asyncio's, native.

Law: who waits to be notified. The lock is a Lock like any other, and who waits for that stands in
its line (locks.pyx).

Those who wait stand in `_waiters`, a deque of futures, as with asyncio's: its methods can take over
at any time, and they do where the lock is none of ours or somebody has replaced the condition's
`acquire`, `release` or `locked`. These are attributes of the object, as in asyncio: the methods of
the lock as they were when the condition was made.

Ownership: a condition owns its lock and the futures of those who wait.
"""

cimport cython
from cpython.object cimport PyObject

import collections
import sys
from asyncio import locks
from asyncio.exceptions import CancelledError

from trueloop.kernel.differences cimport CONDITION_PASSES_ON
from trueloop.kernel.future cimport PENDING, Future
from trueloop.kernel.slots cimport PyTypeObject, tl_instance_dict
from trueloop.primitives.locks cimport Lock, LockAcquire
from trueloop.primitives.loopbound cimport LoopBound
from trueloop.primitives.operation cimport (
    NOTHING, OVER, RAISING, UNDER_WAY, Operation, is_own, make_coroutine,
)

cdef extern from "Python.h":
    PyObject *PyDict_GetItemWithError(PyObject *, PyObject *) except? NULL

cdef object _CancelledError = CancelledError
cdef object _Condition = locks.Condition
cdef object _enter = locks._ContextManagerMixin.__aenter__
cdef object _leave = locks._ContextManagerMixin.__aexit__
cdef str ACQUIRE = sys.intern("acquire")
cdef str LOCKED = sys.intern("locked")
cdef str RELEASE = sys.intern("release")
cdef object _lock_acquire = Lock.__dict__["acquire"]
cdef object _lock_locked = Lock.__dict__["locked"]
cdef object _lock_release = Lock.__dict__["release"]


@cython.final
cdef class ConditionWait(Operation):
    cdef Condition condition
    cdef LockAcquire acquiring     # what stands in the lock's line, once it was woken
    cdef object error              # what ended the wait, if it was not a notification
    cdef object cancelled          # the last CancelledError that came at the lock

    stands_for = _Condition.wait.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    def __next__(self):
        return self.send(None)

    @property
    def __qualname__(self):
        return "Condition.wait"

    @property
    def cr_await(self):
        return self.future if self.acquiring is None else self.acquiring

    cdef object begin(self):
        cdef Condition condition = self.condition
        cdef Future future
        if not condition.lock.held:
            raise RuntimeError("cannot wait on un-acquired lock")
        future = condition.new_future()
        condition.lock.held = False
        condition.lock.free()
        condition.waiters.append(future)
        self.future = future

    cdef object wake(self, Future future, object error):
        cdef LockAcquire acquiring = self.acquiring
        if acquiring is None:
            self.condition.waiters.remove(future)
            self.error = error
            return self.reacquire()
        self.acquiring = None
        acquiring.stage = OVER
        acquiring.future = None
        acquiring.wake(future, error)
        if error is None:
            return self.end()
        if isinstance(error, _CancelledError):  # it has to have the lock, whatever happens
            self.cancelled = error
            return self.reacquire()
        if CONDITION_PASSES_ON:
            self.condition.wake_some(1)

    cdef object reacquire(self):
        """Take the lock, or stand in its line."""
        cdef Lock lock = self.condition.lock
        cdef LockAcquire acquiring
        if not lock.held and lock.line.all_cancelled():
            lock.held = True
            return self.end()
        acquiring = LockAcquire.__new__(LockAcquire)
        acquiring.lock = lock
        acquiring.stage = OVER  # as long as it does not wait
        acquiring.begin()
        acquiring.stage = UNDER_WAY
        self.acquiring = acquiring
        self.future = acquiring.future

    cdef object end(self):
        """It has the lock: True, or the error to raise."""
        cdef object error = self.error
        cdef object cancelled = self.cancelled
        self.error = None
        self.cancelled = None
        if cancelled is not None and CONDITION_PASSES_ON:
            error = cancelled
        elif cancelled is not None:
            cancelled = _CancelledError()
            cancelled.__context__ = error
            error = cancelled
        if error is None:
            return True
        if CONDITION_PASSES_ON:
            self.condition.wake_some(1)  # it may have been notified, and does not say so
        self.stage = RAISING
        return error


cdef class Condition(LoopBound):
    """asyncio.Condition."""

    cdef object given_lock
    cdef Lock lock                 # the same if it is one of ours with its own methods, else None
    cdef object waiters            # deque of futures
    cdef object own_acquire        # what the attributes of these names are unless replaced
    cdef object own_release
    cdef object own_locked

    def __init__(self, lock):
        self.given_lock = lock
        self.lock = None
        if (
            isinstance(lock, Lock)
            and is_own(lock, ACQUIRE, _lock_acquire)
            and is_own(lock, RELEASE, _lock_release)
            and is_own(lock, LOCKED, _lock_locked)
        ):
            self.lock = lock
        self.locked = self.own_locked = lock.locked
        self.acquire = self.own_acquire = lock.acquire
        self.release = self.own_release = lock.release
        self.waiters = collections.deque()

    @cython.final
    cdef bint is_plain(self) except -1:
        """Whether the lock is ours, and nobody has replaced one of its three methods here."""
        cdef PyObject *attributes = tl_instance_dict(<PyObject *>self)
        return (
            self.lock is not None
            and attributes != NULL
            and PyDict_GetItemWithError(attributes, <PyObject *>ACQUIRE)
            == <PyObject *>self.own_acquire
            and PyDict_GetItemWithError(attributes, <PyObject *>RELEASE)
            == <PyObject *>self.own_release
            and PyDict_GetItemWithError(attributes, <PyObject *>LOCKED)
            == <PyObject *>self.own_locked
        )

    def __repr__(self):
        extra = "locked" if self.locked() else "unlocked"
        if self.waiters:
            extra += f", waiters:{len(self.waiters)}"
        return f"{object.__repr__(self)[:-1]} [{extra}]>"

    def wait(self):
        """Let go of the lock, wait to be notified, and take it again; gives True.

        RuntimeError if nobody holds the lock.
        """
        cdef ConditionWait operation
        if not self.is_plain():
            return _Condition.wait(self)
        operation = ConditionWait.__new__(ConditionWait)
        operation.condition = self
        return operation

    def wait_for(self, predicate):
        """Wait until predicate() is true; gives what it answered."""
        return _Condition.wait_for(self, predicate)

    def notify(self, n=1):
        """Wake `n` of those who wait, or all if there are fewer.

        RuntimeError if nobody holds the lock.
        """
        if not self.locked():
            raise RuntimeError("cannot notify on un-acquired lock")
        self._notify(n)

    def notify_all(self):
        """Wake all who wait. RuntimeError if nobody holds the lock."""
        self.notify(len(self.waiters))

    def _notify(self, n):
        self.wake_some(n)

    @cython.final
    cdef int wake_some(self, object n) except -1:
        cdef object woken = 0
        for future in self.waiters:
            if woken >= n:
                break
            if type(future) is Future:
                if (<Future>future).state == PENDING:
                    woken += 1
                    self.note_thread(<Future>future, "notify()")
                    (<Future>future).settle(False)
            elif not future.done():
                woken += 1
                future.set_result(False)
        return 0

    def __aenter__(self):
        cdef LockAcquire operation
        if not self.is_plain():
            return _enter(self)
        operation = LockAcquire.__new__(LockAcquire)
        operation.lock = self.lock
        operation.entering = True
        return operation

    def __aexit__(self, exc_type, exc, tb):
        if not self.is_plain():
            return _leave(self, exc_type, exc, tb)
        self.lock.release()
        return NOTHING

    # -- what others read of asyncio's

    @property
    def _lock(self):
        return self.given_lock

    @property
    def _waiters(self):
        return self.waiters


make_coroutine(<PyTypeObject *>ConditionWait)
