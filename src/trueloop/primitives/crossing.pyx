"""Crossing: where items go from threads to tasks and back.

Law: who puts and who gets, and how a task or a thread is woken for it. What they call for that is
in threadqueue; what a task's wait looks like is in kernel/operation.

Items stand in a ring. Who finds no item, or no room, stands in a line: a task with a future, a
thread with a lock that it blocks in. A put wakes the first who stands there, if somebody does;
whoever is awake finds the items by itself, so a loop is woken once for a batch, not once for each
item. Who is woken looks again, for somebody else may have been faster; who is woken and cannot come
any more, having been cancelled, wakes the next. So an item is in the ring, or with one taker.

With a GIL nothing here gives it up between a look and what follows from it. Without one, ring and
lines change under the object's lock.

After a fork, the child has the items and its own thread; threads and loops that have not come along
are struck off the lines (`forget_dead`).

Ownership: the queue owns its items, the futures in its lines, and what a thread stands there with
until that thread takes it away. The rest of a task's place in a line is part of its operation.
"""

cimport cython
from cpython.exc cimport PyErr_CheckSignals
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

import os

from trueloop.errors import QueueShutDown
from trueloop.kernel.clock cimport monotonic_s
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.future cimport FINISHED
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.slots cimport PyTypeObject, inquiry, tl_set_gc, traverseproc, visitproc

cdef extern from "Python.h":
    ctypedef int PyLockStatus
    PyLockStatus PY_LOCK_ACQUIRED
    PyLockStatus PY_LOCK_INTR
    PyLockStatus PyThread_acquire_lock_timed(void *, long long, int) noexcept nogil
    int PyThread_acquire_lock(void *, int) noexcept
    void PyThread_release_lock(void *) noexcept
    void *PyMem_RawMalloc(size_t) noexcept
    void PyMem_RawFree(void *) noexcept

FOR_EVER = float("inf")
cdef double LONGEST_BLOCK_S = 3600.0
cdef size_t FIRST_CAPACITY = 16

cdef unsigned long forks = 0


def _note_fork():
    global forks
    forks += 1


os.register_at_fork(after_in_child=_note_fork)


cdef class Crossing:
    """Items, and those who wait for them."""

    def __cinit__(self, Py_ssize_t maxsize=0):
        self.maxsize = maxsize
        self.forks = forks

    def __dealloc__(self):
        crossing_clear(<PyObject *>self)
        PyMem_RawFree(self.ring)

    # -- items; `lock` is held where the name or the comment does not say otherwise

    @cython.final
    cdef bint is_full(self) noexcept:
        return self.maxsize > 0 and self.tail - self.head >= <size_t>self.maxsize

    @cython.final
    cdef PyObject *take(self) noexcept:
        """The next item, with its reference; NULL if there is none."""
        if self.head == self.tail:
            return NULL
        self.head += 1
        return self.ring[(self.head - 1) & self.mask]

    @cython.final
    cdef bint try_put(self, object item) except -1:
        """Unlocked: put an item in, or False if there is no room."""
        self.lock()
        if self.is_shutdown:
            self.unlock()
            raise QueueShutDown
        if self.is_full():
            self.unlock()
            return False
        if (not self.ring or self.tail - self.head > self.mask) and not self.grow():
            self.unlock()
            raise MemoryError("no memory for the items of a ThreadQueue")
        Py_INCREF(item)
        self.ring[self.tail & self.mask] = <PyObject *>item
        self.tail += 1
        self.unfinished += 1
        self.unlock()
        if self.lines[<int>AN_ITEM].first != NULL:
            self.wake_one(AN_ITEM)
        return True

    @cython.final
    cdef PyObject *try_get(self) except? NULL:
        """Unlocked: the next item, with its reference; NULL if there is none."""
        cdef PyObject *item
        cdef bint is_over
        self.lock()
        item = self.take()
        is_over = self.is_shutdown
        self.unlock()
        if item == NULL:
            if is_over:
                raise QueueShutDown
        elif self.lines[<int>ROOM].first != NULL:
            self.wake_one(ROOM)
        return item

    @cython.final
    cdef bint grow(self) noexcept:
        """Make room in the ring; False if there is no memory."""
        cdef size_t count = self.tail - self.head
        cdef size_t capacity = (self.mask + 1) * 2 if self.ring else FIRST_CAPACITY
        cdef PyObject **ring = <PyObject **>PyMem_RawMalloc(capacity * sizeof(PyObject *))
        cdef size_t i
        if ring == NULL:
            return False
        for i in range(count):
            ring[i] = self.ring[(self.head + i) & self.mask]
        PyMem_RawFree(self.ring)
        self.ring = ring
        self.head = 0
        self.tail = count
        self.mask = capacity - 1
        return True

    @cython.final
    cdef int say_done(self) except -1:
        """Unlocked: one item that was taken is done with; ValueError if all were before."""
        cdef Py_ssize_t before
        self.lock()
        before = self.unfinished
        self.unfinished -= before > 0
        self.unlock()
        if before <= 0:
            raise ValueError("task_done() called too many times")
        return self.wake_all(THE_END) if before == 1 else 0

    @cython.final
    cdef int end(self, bint immediate) except -1:
        """Unlocked: nothing goes in any more; drop what is there if `immediate`."""
        cdef PyObject *item
        self.lock()
        self.is_shutdown = True
        self.unlock()
        while immediate:
            self.lock()
            item = self.take()
            if item != NULL and self.unfinished > 0:
                self.unfinished -= 1
            self.unlock()
            if item == NULL:
                break
            Py_DECREF(<object>item)
        self.wake_all(AN_ITEM)
        self.wake_all(ROOM)
        if self.unfinished == 0:
            self.wake_all(THE_END)
        return 0

    # -- lines

    @cython.final
    cdef int lock(self) except -1:
        if self.forks != forks:
            self.forget_dead()
        tl_lock(<PyObject *>self)
        return 0

    @cython.final
    cdef void unlock(self) noexcept:
        tl_unlock(<PyObject *>self)

    @cython.final
    cdef bint stand(self, Wanted wanted, Standing *who) except -1:
        """Stand in line; False if there is what is wanted."""
        cdef bint can_go
        self.lock()
        if wanted == AN_ITEM:
            can_go = self.tail != self.head or self.is_shutdown
        elif wanted == ROOM:
            can_go = not self.is_full() or self.is_shutdown
        else:
            can_go = self.unfinished == 0
        if not can_go:
            if who.future != NULL:
                Py_INCREF(<object>who.future)
            line_join(&self.lines[<int>wanted], who)
        self.unlock()
        return not can_go

    @cython.final
    cdef bint leave(self, Wanted wanted, Standing *who) except -1:
        """Stand in line no more; False if somebody has woken us."""
        cdef PyObject *future = NULL
        cdef bint was_in_line
        self.lock()
        was_in_line = who.is_in_line
        if was_in_line:
            line_leave(&self.lines[<int>wanted], who)
            future = who.future
            who.future = NULL
        self.unlock()
        if future != NULL:
            Py_DECREF(<object>future)
        return was_in_line

    @cython.final
    cdef int wake_one(self, Wanted wanted) except -1:
        """Wake the first in line who can still come."""
        cdef Standing *who
        cdef PyObject *owned
        cdef Future future
        while True:
            self.lock()
            who = self.lines[<int>wanted].first
            if who == NULL:
                self.unlock()
                return 0
            line_leave(&self.lines[<int>wanted], who)
            owned = who.future
            who.future = NULL
            if owned == NULL:
                PyThread_release_lock(who.lock)
                self.unlock()
                return 1
            self.unlock()
            future = <Future>owned
            Py_DECREF(future)  # `future` owns it now
            if self.rouse(wanted, future):
                return 1

    @cython.final
    cdef int wake_all(self, Wanted wanted) except -1:
        while self.wake_one(wanted):
            pass
        return 0

    @cython.final
    cdef bint rouse(self, Wanted wanted, Future future) except -1:
        """Wake a task from any thread; False if it can come no more."""
        cdef object loop = future._loop_object
        if isinstance(loop, Loop):
            if (<Loop>loop)._closed:
                return False
            if future.ready.detour is None:
                if not future.begin_end(None):
                    return False
                future.end(FINISHED)
                return True
        try:
            loop.call_soon_threadsafe(self._arrive, <int>wanted, future)
        except RuntimeError:  # the loop is closed
            return False
        return True

    def _arrive(self, int wanted, Future future):
        """In a loop that is not ours: finish the future of a task that is to wake."""
        if future.done():
            self.wake_one(<Wanted>wanted)  # it was cancelled meanwhile
        else:
            future.set_result(None)

    @cython.final
    cdef bint block(self, Wanted wanted, Standing *who, double deadline_s) except -1:
        """Block this thread, which stands in line, until it is woken. False: until the deadline."""
        cdef PyLockStatus how
        cdef double wait_s
        cdef long long microseconds
        while True:
            wait_s = deadline_s - monotonic_s() if deadline_s != FOR_EVER else LONGEST_BLOCK_S
            microseconds = <long long>(min(max(wait_s, 0.0), LONGEST_BLOCK_S) * 1e6)
            with nogil:
                how = PyThread_acquire_lock_timed(who.lock, microseconds, 1)
            if how == PY_LOCK_ACQUIRED:
                return True
            if how == PY_LOCK_INTR:
                try:
                    PyErr_CheckSignals()
                except BaseException:
                    if not self.leave(wanted, who):
                        self.wake_one(wanted)  # it was our turn, and we cannot come
                    raise
            elif deadline_s <= monotonic_s():
                if self.leave(wanted, who):
                    return False
                PyThread_acquire_lock(who.lock, 1)  # woken just now: it is free
                return True

    @cython.final
    cdef int forget_dead(self) except -1:
        """In a forked child: strike off who has not come along, which is all but this thread."""
        cdef Standing *who
        cdef Standing *after
        cdef list dropped = []
        cdef bint is_here
        cdef int i
        self.forks = forks
        fresh_lock(<PyObject *>self)
        for i in range(3):
            who = self.lines[i].first
            while who != NULL:
                after = who.after
                is_here = who.future != NULL and not is_anothers(<Future>who.future)
                if not is_here:
                    line_leave(&self.lines[i], who)
                    if who.future != NULL:
                        dropped.append(<object>who.future)
                        Py_DECREF(<object>who.future)
                        who.future = NULL
                who = after
        return 0


cdef bint is_anothers(Future future) noexcept:
    return future.ready is not None and future.ready.is_anothers()


# ---- the garbage collector

cdef int crossing_traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    cdef size_t i = (<Crossing>op).head
    cdef Standing *who
    cdef int line
    cdef int result = 0
    while i != (<Crossing>op).tail and not result:
        result = visit((<Crossing>op).ring[i & (<Crossing>op).mask], arg)
        i += 1
    for line in range(3):
        who = (<Crossing>op).lines[line].first
        while who != NULL and not result:
            if who.future != NULL:
                result = visit(who.future, arg)
            who = who.after
    return result or rest_traverse(op, visit, arg)


cdef int crossing_clear(PyObject *op) noexcept:
    """Drop the items and the futures. Who stands in line holds the queue: nobody does any more."""
    cdef Crossing self = <Crossing>op
    cdef PyObject *item
    cdef Standing *who
    cdef int line
    while self.head != self.tail:
        item = self.ring[self.head & self.mask]
        self.head += 1
        Py_DECREF(<object>item)
    for line in range(3):
        while self.lines[line].first != NULL:
            who = self.lines[line].first
            line_leave(&self.lines[line], who)
            item = who.future
            who.future = NULL
            if item != NULL:
                Py_DECREF(<object>item)
    return rest_clear(op)


cdef traverseproc rest_traverse = (<PyTypeObject *>Crossing).tp_traverse
cdef inquiry rest_clear = (<PyTypeObject *>Crossing).tp_clear
tl_set_gc(<PyTypeObject *>Crossing, crossing_traverse, crossing_clear)
