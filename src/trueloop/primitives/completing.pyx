"""as_completed: asyncio's of the running version, native.

Law: in which order futures are handed out that end one by one; how a future tells of its end is in
listening.pyx.

One Completions listens to all of them, and keeps those that are done in the order of their ends,
and a line of those who wait for the next; asyncio has a Queue for that. Up to Python 3.12
as_completed() is a generator, which begins when the first item is asked for.

Ownership: a pending future owns the Completions, which owns all of them. Its line belongs to one
loop.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

import collections
import inspect
from asyncio import coroutines, events, futures, tasks

from trueloop.kernel.currenttask cimport current_task
from trueloop.kernel.differences cimport AS_COMPLETED_GIVES_BACK, AS_COMPLETED_IS_GENERATOR
from trueloop.kernel.future cimport FINISHED, PENDING, Future, future_result
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.ready cimport Ready
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport PyTypeObject
from trueloop.kernel.task cimport is_ours
from trueloop.kernel.waiters cimport Callback
from trueloop.primitives.alarms cimport disarm, ring_after
from trueloop.primitives.insides import nested_code
from trueloop.primitives.line cimport Line, Waiter
from trueloop.primitives.listening cimport is_listened_to, listen, listening_queue, unlisten
from trueloop.primitives.operation cimport RAISING, make_coroutine, new_future
from trueloop.primitives.spawning cimport is_spawnable, spawn, spawning_loop

cdef extern from "cpython.h":
    PyObject *tl_take_raised() noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(next_completed_pool, 1024)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void next_completed_pool_install(PooledType *) noexcept

cdef object _asyncios_as_completed = tasks.as_completed
cdef object _Iterator = getattr(tasks, "_AsCompletedIterator", None)  # 3.13 and later
cdef bint NOTES_AWAITERS = hasattr(futures, "future_add_to_awaited_by")


cdef object code_of(str up_to_312, str name):
    if _Iterator is None:
        return nested_code(tasks.as_completed, up_to_312)
    return vars(_Iterator)[name].__code__


@cython.final
cdef class Completions(Callback):
    """Listens to all futures of one as_completed()."""

    cdef readonly set todo         # those that are not done
    cdef object done               # a deque of the others; None for each when the time was up
    cdef Line line                 # who waits for the next
    cdef object timer              # of the loop, or None
    cdef object task               # who waits, if asyncio's futures want to know

    stands_for = code_of("_on_completion", "_handle_completion")

    @property
    def finishes(self):
        return self.line.snapshot()

    cdef int start(self, object given, object timeout) except -1:
        """Listen to all that was given, and let the time begin."""
        cdef object loop = running_loop()
        cdef Ready ready
        if loop is None:
            loop = events.get_event_loop()
        self.done = collections.deque()
        self.line = Line()
        ready = listening_queue(loop)
        if NOTES_AWAITERS:
            self.task = current_task()
        self.todo = {future_of(each, loop, ready) for each in set(given)}
        for each in self.todo:
            listen(self, each, ready, self.task)
        if self.todo and timeout is not None:
            self.timer = ring_after(loop, timeout, self.time_is_up, ())
        return 0

    cdef int hear(self, object future) except -1:
        if not self.todo:
            return 0  # the time was up before
        self.todo.remove(future)
        self.add(future)
        if self.timer is not None and not self.todo:
            disarm(self.timer)
        return 0

    cdef int add(self, object future) except -1:
        self.done.append(future)
        return self.wake_one()

    cdef int wake_one(self) except -1:
        """Let the first go on of those who wait."""
        cdef Future waiter = self.line.take()
        while waiter is not None and waiter.state != PENDING:
            waiter = self.line.take()
        return 0 if waiter is None else waiter.settle(None)

    def time_is_up(self):
        cdef Ready ready = listening_queue(running_loop())
        for each in self.todo:
            unlisten(self, each, ready, self.task)
            self.add(None)
        self.todo.clear()


cdef object future_of(object given, object loop, Ready ready):
    """asyncio.ensure_future()"""
    if is_listened_to(given, ready):
        return given
    if is_spawnable(given) and spawning_loop() is loop:
        try:
            return spawn(<Loop>loop, given, None, None)
        except RuntimeError:
            given.close()
            raise
    return tasks.ensure_future(given, loop=loop)


@cython.final
cdef class NextCompleted(Waiter):
    """What comes of the next future that is done, or that future itself."""

    cdef readonly Completions completions
    cdef AsCompleted iterator      # None up to 3.12
    cdef bint resolves
    cdef bint is_counted           # of what the iterator has left

    stands_for = code_of("_wait_for_one", "_wait_for_one")

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        if self.iterator is None:
            return "as_completed.<locals>._wait_for_one"
        name = "_wait_for_one" if self.resolves else "__anext__"
        return f"_AsCompletedIterator.{name}"

    cdef object begin(self):
        if not self.is_counted:
            self.is_counted = True
            if not self.iterator.left:
                self.stage = RAISING
                return StopAsyncIteration()
            self.iterator.left -= 1
        return self.take()

    cdef object woken(self, Future future, object error):
        if error is None:
            return self.take()
        if future.state == PENDING:
            future.cancel_now(None)
        elif future.state == FINISHED and self.completions.done:
            self.completions.wake_one()  # it was our turn, and we cannot come
        if AS_COMPLETED_GIVES_BACK:
            self.iterator.left += 1

    cdef object take(self):
        cdef object done
        if not self.completions.done:
            loop = running_loop()
            if loop is None:
                raise RuntimeError("no running event loop")
            self.completions.line.join(self, new_future(loop))
            return None
        done = self.completions.done.popleft()
        if done is None:
            self.stage = RAISING
            return TimeoutError()
        return self.outcome(done) if self.resolves else done

    cdef object outcome(self, object done):
        """The result of a future, or its exception, to be raised."""
        cdef PyObject *result
        cdef object outcome
        if not is_ours(done):
            return done.result()
        result = future_result(<PyObject *>done, NULL)
        if result == NULL:
            result = tl_take_raised()
            self.stage = RAISING
        outcome = <object>result
        Py_DECREF(outcome)
        return outcome


cdef NextCompleted next_of(Completions completions, AsCompleted iterator, bint resolves):
    cdef NextCompleted operation = NextCompleted.__new__(NextCompleted)
    operation.completions = completions
    operation.iterator = iterator
    operation.resolves = resolves
    return operation


@cython.final
cdef class AsCompleted:
    """What as_completed() gives, from Python 3.13 on."""

    cdef Completions completions
    cdef Py_ssize_t left           # items that nobody has asked for
    cdef object __weakref__

    @property
    def _todo(self):
        return self.completions.todo

    @property
    def _todo_left(self):
        return self.left

    def __iter__(self):
        return self

    def __next__(self):
        cdef NextCompleted operation
        if not self.left:
            raise StopIteration
        self.left -= 1
        operation = next_of(self.completions, self, True)
        operation.is_counted = True
        return operation

    def __aiter__(self):
        return self

    def __anext__(self):
        return next_of(self.completions, self, False)


def generated(given, timeout):
    """What as_completed() gives up to Python 3.12."""
    cdef Completions completions
    cdef NextCompleted operation
    if futures.isfuture(given) or coroutines.iscoroutine(given):
        raise TypeError(f"expect an iterable of futures, not {type(given).__name__}")
    completions = Completions.__new__(Completions)
    completions.start(given, timeout)
    for _ in range(len(completions.todo)):
        operation = next_of(completions, None, True)
        operation.is_counted = True
        yield operation


@cython.binding(True)
def as_completed(fs, *, timeout=None):
    """What comes of each of these, in the order in which they end; see asyncio.as_completed.

    TimeoutError at the await if not all are done after `timeout` seconds.
    """
    cdef AsCompleted iterator
    if running_loop() is None:
        return _asyncios_as_completed(fs, timeout=timeout)
    if AS_COMPLETED_IS_GENERATOR:
        return generated(fs, timeout)
    if type(fs) not in (list, set, tuple) and inspect.isawaitable(fs):
        raise TypeError(f"expects an iterable of awaitables, not {type(fs).__name__}")
    iterator = AsCompleted.__new__(AsCompleted)
    iterator.completions = Completions.__new__(Completions)
    iterator.completions.start(fs, timeout)
    iterator.left = len(iterator.completions.todo)
    return iterator


next_completed_pool_install(<PooledType *>NextCompleted)
make_coroutine(<PyTypeObject *>NextCompleted)
