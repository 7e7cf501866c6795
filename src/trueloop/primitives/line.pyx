"""Line: the waiters of one primitive, in the order in which they came.

Law: knows who waits, and how to wake them; knows not what for.

A Waiter is an operation with links to its neighbours, so that one that is cancelled leaves at once,
wherever it stands (asyncio searches a deque for its future).

Ownership: a line owns the futures of its waiters, so that the garbage collector, and whoever asks
who can still be woken, sees them. It does not own the waiters: one that nobody awaits any more
dies, and leaves the line when it does. Without a GIL a line changes under its lock.
"""

from cpython.ref cimport Py_DECREF, Py_INCREF

import collections

from trueloop.kernel.door cimport tl_door_is_mine
from trueloop.kernel.freethreading cimport TL_FREE_THREADED, tl_lock, tl_unlock
from trueloop.kernel.future cimport CANCELLED, PENDING
from trueloop.kernel.ready cimport Ready
from trueloop.kernel.slots cimport PyTypeObject, tl_set_gc, visitproc
from trueloop.primitives.operation cimport make_coroutine


cdef class Waiter(Operation):
    """An operation that may have to stand in line."""

    cdef object wake(self, Future future, object error):
        self.line.leave(self)
        self.line = None
        return self.woken(future, error)

    cdef object woken(self, Future future, object error):
        raise NotImplementedError


cdef inline PyObject *after(PyObject *waiter) noexcept:
    return (<Waiter>waiter).after


cdef inline Future future_of(PyObject *waiter):
    return <Future>(<Waiter>waiter).place


cdef inline void unlink(Line line, PyObject *op) noexcept:
    """Take a waiter out of its line, which is locked; the future there is the caller's to drop."""
    cdef PyObject *before = (<Waiter>op).before
    cdef PyObject *behind = (<Waiter>op).after
    if before == NULL:
        line.first = behind
    else:
        (<Waiter>before).after = behind
    if behind == NULL:
        line.last = before
    else:
        (<Waiter>behind).before = before
    (<Waiter>op).place = (<Waiter>op).before = (<Waiter>op).after = NULL
    line.count -= 1


cdef inline bint runs_no_python(Ready ready) noexcept:
    """Whether to settle a future of this queue's loop is to push what waits for it, and no more."""
    return ready is not None and ready.detour is None and tl_door_is_mine(&ready.door)


cdef class Line:
    """The waiters of one primitive."""

    def __dealloc__(self):
        line_clear(<PyObject *>self)

    cdef int join(self, Waiter waiter, Future future) except -1:
        """Let a waiter stand at the end, and wait for `future`."""
        Py_INCREF(future)
        waiter.future = future
        waiter.line = self
        tl_lock(<PyObject *>self)
        waiter.place = <PyObject *>future
        waiter.before = self.last
        waiter.after = NULL
        if self.last == NULL:
            self.first = <PyObject *>waiter
        else:
            (<Waiter>self.last).after = <PyObject *>waiter
        self.last = <PyObject *>waiter
        self.count += 1
        tl_unlock(<PyObject *>self)
        return 0

    cdef void leave(self, Waiter waiter) noexcept:
        """Let a waiter go, wherever it stands."""
        cdef PyObject *place
        tl_lock(<PyObject *>self)
        place = waiter.place
        if place == NULL:
            tl_unlock(<PyObject *>self)
            return
        unlink(self, <PyObject *>waiter)
        tl_unlock(<PyObject *>self)
        Py_DECREF(<object>place)

    cdef Future take(self):
        """Let the first waiter go; what it waits for, None if there is nobody."""
        cdef PyObject *place = NULL
        cdef Future future = None
        tl_lock(<PyObject *>self)
        if self.first != NULL:
            place = (<Waiter>self.first).place
            unlink(self, self.first)
        tl_unlock(<PyObject *>self)
        if place != NULL:
            future = <Future>place
            Py_DECREF(future)
        return future

    cdef Future first_pending(self):
        """What the first waiter waits for that is not on its way out; None if there is none."""
        cdef PyObject *waiter
        cdef Future found = None
        tl_lock(<PyObject *>self)
        waiter = self.first
        while waiter != NULL and found is None:
            if future_of(waiter).state == PENDING:
                found = future_of(waiter)
            waiter = after(waiter)
        tl_unlock(<PyObject *>self)
        return found

    cdef bint all_cancelled(self) noexcept:
        """Whether everybody in line is about to leave it, cancelled."""
        cdef PyObject *waiter
        cdef bint answer = True
        tl_lock(<PyObject *>self)
        waiter = self.first
        while waiter != NULL and answer:
            answer = future_of(waiter).state == CANCELLED
            waiter = after(waiter)
        tl_unlock(<PyObject *>self)
        return answer

    cdef Future head(self):
        """What the first in line waits for; None if the line is empty."""
        cdef Future found = None
        tl_lock(<PyObject *>self)
        if self.first != NULL:
            found = future_of(self.first)
        tl_unlock(<PyObject *>self)
        return found

    cdef int wake(self, object result) except -1:
        """Give `result` to all who can still take it."""
        cdef PyObject *waiter
        cdef list found = []
        cdef Future future = self.head()
        if future is None:
            return 0
        if not TL_FREE_THREADED and runs_no_python(future.ready):  # all have the same loop
            waiter = self.first
            while waiter != NULL:
                if (<Future>(<Waiter>waiter).place).state == PENDING:
                    (<Future>(<Waiter>waiter).place).settle(result)
                waiter = after(waiter)
            return 0
        tl_lock(<PyObject *>self)
        waiter = self.first
        while waiter != NULL:
            future = future_of(waiter)
            if future.state == PENDING:
                found.append(future)
            waiter = after(waiter)
        tl_unlock(<PyObject *>self)
        for future in found:
            future.settle(result)
        return 0

    cdef object snapshot(self):
        """The futures of all who wait, as asyncio keeps them."""
        cdef PyObject *waiter
        cdef list found = []
        tl_lock(<PyObject *>self)
        waiter = self.first
        while waiter != NULL:
            found.append(future_of(waiter))
            waiter = after(waiter)
        tl_unlock(<PyObject *>self)
        return collections.deque(found)


cdef int line_traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef PyObject *waiter = (<Line>op).first
    cdef int result = 0
    while waiter != NULL and not result:
        result = visit((<Waiter>waiter).place, arg)
        waiter = after(waiter)
    return result


cdef int line_clear(PyObject *op) noexcept:
    cdef Line self = <Line>op
    while self.first != NULL:
        self.leave(<Waiter>self.first)
    return 0


tl_set_gc(<PyTypeObject *>Line, line_traverse, line_clear)
make_coroutine(<PyTypeObject *>Waiter)
