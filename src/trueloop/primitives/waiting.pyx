"""wait: asyncio's, native.

Law: when a wait for several futures is over; how a future tells of its end is in listening.pyx.

One Completion listens to all of them and counts. It is heard in the next pass, as asyncio's
callback would be, only where that may end the wait: the last, the first, or one that fails.

Ownership: the operation owns the futures and the Completion; a pending future owns the Completion,
which owns the future that the task waits for.
"""

cimport cython
from cpython.object cimport PyObject

from asyncio import coroutines, futures, tasks

from trueloop.kernel.currenttask cimport current_task
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.future cimport CANCELLED, PENDING, Future
from trueloop.kernel.ready cimport Ready
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport PyTypeObject
from trueloop.kernel.task cimport is_ours
from trueloop.kernel.waiters cimport Callback
from trueloop.primitives.alarms cimport disarm, ring_after
from trueloop.primitives.insides import nested_code
from trueloop.primitives.listening cimport (
    is_listened_to, listen, listening_queue, unlisten,
)
from trueloop.primitives.operation cimport (
    Operation, make_coroutine, mark_coroutine_function, new_future,
)

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(wait_pool, 256)
    TL_POOL(completion_pool, 256)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void wait_pool_install(PooledType *) noexcept
    void completion_pool_install(PooledType *) noexcept

cdef object FIRST_COMPLETED = tasks.FIRST_COMPLETED
cdef object FIRST_EXCEPTION = tasks.FIRST_EXCEPTION
cdef object ALL_COMPLETED = tasks.ALL_COMPLETED
cdef bint NOTES_AWAITERS = hasattr(futures, "future_add_to_awaited_by")


def _release_waiter(Future waiter not None):
    """The time is up."""
    if waiter.state == PENDING:
        waiter.settle(None)


cdef object _release = _release_waiter


@cython.final
cdef class Completion(Callback):
    """Listens to all that one wait() waits for."""

    cdef Future waiter
    cdef object timer              # of the loop, or None
    cdef bint first_will_do
    cdef bint minds_failures
    cdef bint told                 # somebody will be heard of, whatever becomes of the others
    cdef Py_ssize_t unsettled      # futures that are not done
    cdef Py_ssize_t unheard        # futures that are done, of which it still has to hear

    stands_for = nested_code(tasks._wait, "_on_completion")

    @property
    def finishes(self):
        return self.waiter

    cdef bint wants(self, object future) noexcept:
        cdef bint wanted
        tl_lock(<PyObject *>self)
        self.unsettled -= 1
        wanted = self.unsettled == 0
        if self.first_will_do:
            wanted = not self.told
            self.told = True
        elif self.minds_failures and not wanted:
            wanted = not is_ours(future) or (
                (<Future>future).failed and (<Future>future).state != CANCELLED
            )
        if wanted:
            self.unheard += 1
        tl_unlock(<PyObject *>self)
        return wanted

    cdef int hear(self, object future) except -1:
        cdef bint is_last
        tl_lock(<PyObject *>self)
        self.unheard -= 1
        is_last = self.unheard == 0 and self.unsettled == 0
        tl_unlock(<PyObject *>self)
        if self.minds_failures and not is_last and not has_failed(future):
            return 0
        if self.timer is not None:
            disarm(self.timer)
        return self.waiter.settle(None) if self.waiter.state == PENDING else 0


cdef bint has_failed(object future) except -1:
    """Whether it ended with an exception, which asyncio takes for read by that."""
    if is_ours(future):
        if (<Future>future).state == CANCELLED or not (<Future>future).failed:
            return False
        (<Future>future).note_heard()
        return True
    return not future.cancelled() and future.exception() is not None


@cython.final
cdef class Wait(Operation):
    cdef object given
    cdef object timeout
    cdef readonly object return_when
    cdef readonly set futures      # None before the first step
    cdef Completion completion
    cdef Ready ready               # of futures that are listened to in C
    cdef object task               # who waits, if asyncio's futures want to know

    stands_for = tasks._wait.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "wait"

    cdef object begin(self):
        cdef object loop
        cdef Completion completion
        self.futures = checked(self.given, self.return_when)
        loop = running_loop()
        if loop is None:
            raise RuntimeError("no running event loop")
        if not self.futures:
            raise AssertionError("Set of Futures is empty.")
        self.completion = completion = Completion.__new__(Completion)
        completion.waiter = new_future(loop)
        if self.timeout is not None:
            completion.timer = ring_after(loop, self.timeout, _release, (completion.waiter,))
        completion.unsettled = len(self.futures)
        completion.first_will_do = self.return_when == FIRST_COMPLETED
        completion.minds_failures = self.return_when == FIRST_EXCEPTION
        self.ready = listening_queue(loop)
        if NOTES_AWAITERS:
            self.task = current_task()
        for each in self.futures:
            listen(completion, each, self.ready, self.task)
        self.future = completion.waiter

    cdef object wake(self, Future future, object error):
        cdef Completion completion = self.completion
        cdef set done = self.futures
        cdef set pending = set()
        cdef Ready ready = self.ready
        if completion.timer is not None:
            disarm(completion.timer)
            completion.timer = None
        for each in done:
            unlisten(completion, each, ready, self.task)
        self.given = self.futures = self.completion = self.task = None
        if error is not None:
            return None
        for each in done:
            if is_pending(each, ready):
                pending.add(each)
        if pending:
            done.difference_update(pending)
        return done, pending


cdef inline bint is_pending(object future, Ready ready) except -1:
    if is_listened_to(future, ready):
        return (<Future>future).state == PENDING
    return not future.done()


cdef set checked(object given, object return_when):
    """What was given to wait() as a set; all that asyncio refuses is refused."""
    cdef set found
    if type(given) not in (set, list, tuple, frozenset):
        if futures.isfuture(given) or coroutines.iscoroutine(given):
            raise TypeError(f"expect a list of futures, not {type(given).__name__}")
    if not given:
        raise ValueError("Set of Tasks/Futures is empty.")
    if return_when not in (FIRST_COMPLETED, FIRST_EXCEPTION, ALL_COMPLETED):
        raise ValueError(f"Invalid return_when value: {return_when}")
    found = set(given)
    for each in found:
        if not is_ours(each) and coroutines.iscoroutine(each):
            raise TypeError("Passing coroutines is forbidden, use tasks explicitly.")
    return found


@cython.binding(True)
def wait(fs, *, timeout=None, return_when=ALL_COMPLETED):
    """Wait for futures until all are done, or the first, or the first that fails; see asyncio.wait.

    Gives two sets: those that are done, and those that are not, which `timeout` seconds may leave.
    """
    cdef Wait operation = Wait.__new__(Wait)
    operation.given = fs
    operation.timeout = timeout
    operation.return_when = return_when
    return operation


wait_pool_install(<PooledType *>Wait)
completion_pool_install(<PooledType *>Completion)
mark_coroutine_function(wait)
make_coroutine(<PyTypeObject *>Wait)
