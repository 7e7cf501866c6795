"""ThreadQueue: one queue for tasks of any number of loops and for any number of threads.

Law: the two faces of a Crossing, which does the work: methods for tasks, as asyncio.Queue has them,
and for threads, as queue.Queue.

Ownership: a task's place in a line is part of its operation; a thread's is freed by the thread.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

import asyncio
import queue as queue_of_threads
import types

from trueloop.kernel.clock cimport monotonic_s
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.future cimport FINISHED, Future
from trueloop.kernel.operation cimport Operation, make_coroutine
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport PyTypeObject
from trueloop.primitives.crossing cimport (
    AN_ITEM, FOR_EVER, ROOM, THE_END, Crossing, Standing, Wanted, standing_free, standing_new,
)
from trueloop.primitives.operation cimport new_future

cdef object _QueueEmpty = asyncio.QueueEmpty
cdef object _QueueFull = asyncio.QueueFull
cdef object _Empty = queue_of_threads.Empty
cdef object _Full = queue_of_threads.Full


# ---- what tasks await

@cython.no_gc_clear  # as long as it stands in line it needs the queue
cdef class Place(Operation):
    """An operation that may have to stand in one of a ThreadQueue's lines."""

    cdef ThreadQueue queue
    cdef Standing standing
    cdef Wanted wanted

    def __dealloc__(self):
        if self.standing.is_in_line:
            self.queue.leave(self.wanted, &self.standing)

    cdef object wake(self, Future future, object error):
        cdef bint was_woken = not self.queue.leave(self.wanted, &self.standing)
        if error is None:
            return self.begin()
        if was_woken and future.state == FINISHED:
            self.queue.wake_one(self.wanted)  # it was our turn, and we cannot come
        elif was_woken and not future._loop_object.is_closed():
            future.cancel_now(None)  # in a loop that is not ours: _arrive() is under way
        return None

    cdef bint stand(self) except -1:
        """Wait, unless there is what is wanted."""
        cdef Future future = new_future(running_loop())
        self.standing.future = <PyObject *>future
        if self.queue.stand(self.wanted, &self.standing):
            self.future = future
            return True
        self.standing.future = NULL
        return False


@cython.final
cdef class ThreadQueuePut(Place):
    cdef object item

    stands_for = asyncio.Queue.put.__code__

    @property
    def __qualname__(self):
        return "ThreadQueue.put"

    cdef object begin(self):
        while not self.queue.try_put(self.item):
            if self.stand():
                return None
        return None


@cython.final
cdef class ThreadQueueGet(Place):
    stands_for = asyncio.Queue.get.__code__

    @property
    def __qualname__(self):
        return "ThreadQueue.get"

    cdef object begin(self):
        cdef PyObject *item = self.queue.try_get()
        cdef object taken
        while item == NULL:
            if self.stand():
                return None
            item = self.queue.try_get()
        taken = <object>item
        Py_DECREF(taken)  # `taken` owns it now
        return taken


@cython.final
cdef class ThreadQueueJoin(Place):
    stands_for = asyncio.Queue.join.__code__

    @property
    def __qualname__(self):
        return "ThreadQueue.join"

    cdef object begin(self):
        self.stand()
        return None

    cdef object wake(self, Future future, object error):
        self.queue.leave(THE_END, &self.standing)
        return None


# ---- the queue

@cython.final
cdef class ThreadQueue(Crossing):
    """A first-in, first-out queue between tasks of any loops and any threads.

    Its methods are asyncio.Queue's, for tasks; `sync` has queue.Queue's, for threads. See
    docs/reference/thread-queue.md.

    Args:
        maxsize: how many items there may be at a time; no limit if it is not above zero.
    """

    cdef BlockingFace face         # what `sync` gives; None until somebody asks

    __class_getitem__ = classmethod(types.GenericAlias)

    def __repr__(self):
        parts = [f"maxsize={self.maxsize}", f"qsize={self.qsize()}"]
        if self.unfinished:
            parts.append(f"tasks={self.unfinished}")
        if self.is_shutdown:
            parts.append("shutdown")
        return f"<ThreadQueue at {id(self):#x} {' '.join(parts)}>"

    @property
    def sync(self):
        """The same queue for threads: methods that block, as queue.Queue has them."""
        cdef BlockingFace face = self.face
        if face is None:
            face = BlockingFace.__new__(BlockingFace)
            face.queue = self
            tl_lock(<PyObject *>self)
            if self.face is None:
                self.face = face
            else:
                face = self.face
            tl_unlock(<PyObject *>self)
        return face

    def qsize(self):
        """Number of items in the queue."""
        return self.tail - self.head

    def empty(self):
        """Whether there are no items."""
        return self.tail == self.head

    def full(self):
        """Whether there are `maxsize` items; never if there is no limit."""
        return bool(self.is_full())

    def put(self, item):
        """Put an item in, when there is room; QueueShutDown after shutdown()."""
        cdef ThreadQueuePut operation = ThreadQueuePut.__new__(ThreadQueuePut)
        operation.queue = self
        operation.wanted = ROOM
        operation.item = item
        return operation

    def get(self):
        """Take the next item out, when there is one; QueueShutDown if none will come."""
        cdef ThreadQueueGet operation = ThreadQueueGet.__new__(ThreadQueueGet)
        operation.queue = self
        operation.wanted = AN_ITEM
        return operation

    def join(self):
        """Wait until task_done() was called for each item that was put in."""
        cdef ThreadQueueJoin operation = ThreadQueueJoin.__new__(ThreadQueueJoin)
        operation.queue = self
        operation.wanted = THE_END
        return operation

    def put_nowait(self, item):
        """Put an item in; asyncio.QueueFull if there is no room. From any thread."""
        if not self.try_put(item):
            raise _QueueFull

    def get_nowait(self):
        """Take the next item out; asyncio.QueueEmpty if there is none. From any thread."""
        cdef PyObject *item = self.try_get()
        cdef object taken
        if item == NULL:
            raise _QueueEmpty
        taken = <object>item
        Py_DECREF(taken)
        return taken

    def task_done(self):
        """One item that was taken out is done with. From any thread.

        ValueError if this was said of all items before.
        """
        self.say_done()

    def shutdown(self, immediate=False):
        """From now on put() raises QueueShutDown, and get() does once the queue is empty.

        Which it is at once if `immediate` is true: the items are dropped. From any thread.
        """
        self.end(immediate)


# ---- what threads call

@cython.final
cdef class BlockingFace:
    """A ThreadQueue for threads: queue.Queue's methods, which block the thread that calls them.

    What they raise is queue.Queue's too: queue.Empty, queue.Full, and trueloop.QueueShutDown.
    """

    cdef readonly ThreadQueue queue

    def __repr__(self):
        return f"{self.queue!r}.sync"

    @property
    def maxsize(self):
        """Number of items allowed in the queue; without a limit if it is not above zero."""
        return self.queue.maxsize

    def qsize(self):
        """Number of items in the queue."""
        return self.queue.qsize()

    def empty(self):
        """Whether there are no items."""
        return self.queue.empty()

    def full(self):
        """Whether there are `maxsize` items; never if there is no limit."""
        return self.queue.full()

    def put(self, item, block=True, timeout=None):
        """Put an item in. Blocks until there is room, for `timeout` seconds at most (None: ever).

        Raises queue.Full if there was none in time, or at once if `block` is false.
        """
        cdef ThreadQueue queue = self.queue
        cdef Standing *who = NULL
        cdef double deadline_s
        if queue.try_put(item):
            return
        deadline_s = deadline(block, timeout)
        try:
            while block:
                if who == NULL:
                    who = standing_new()
                    if who == NULL:
                        raise MemoryError("no memory to wait for a ThreadQueue")
                if queue.stand(ROOM, who) and not queue.block(ROOM, who, deadline_s):
                    break
                if queue.try_put(item):
                    return
        finally:
            standing_free(who)
        raise _Full

    def get(self, block=True, timeout=None):
        """Take the next item out. Blocks until there is one, for `timeout` seconds at most.

        Raises queue.Empty if there was none in time, or at once if `block` is false.
        """
        cdef ThreadQueue queue = self.queue
        cdef Standing *who = NULL
        cdef PyObject *item = queue.try_get()
        cdef object taken
        cdef double deadline_s
        if item == NULL:
            deadline_s = deadline(block, timeout)
            try:
                while block and item == NULL:
                    if who == NULL:
                        who = standing_new()
                        if who == NULL:
                            raise MemoryError("no memory to wait for a ThreadQueue")
                    if queue.stand(AN_ITEM, who) and not queue.block(AN_ITEM, who, deadline_s):
                        break
                    item = queue.try_get()
            finally:
                standing_free(who)
        if item == NULL:
            raise _Empty
        taken = <object>item
        Py_DECREF(taken)
        return taken

    def put_nowait(self, item):
        """Put an item in; queue.Full if there is no room."""
        if not self.queue.try_put(item):
            raise _Full

    def get_nowait(self):
        """Take the next item out; queue.Empty if there is none."""
        return self.get(False)

    def task_done(self):
        """One item that was taken out is done with. ValueError if that was said of all before."""
        self.queue.task_done()

    def join(self):
        """Block until task_done() was called for each item that was put in."""
        cdef ThreadQueue queue = self.queue
        cdef Standing *who = standing_new()
        if who == NULL:
            raise MemoryError("no memory to wait for a ThreadQueue")
        try:
            if queue.stand(THE_END, who):
                queue.block(THE_END, who, FOR_EVER)
        finally:
            standing_free(who)

    def shutdown(self, immediate=False):
        """From now on put() raises QueueShutDown, and get() does once the queue is empty."""
        self.queue.shutdown(immediate)


cdef double deadline(object block, object timeout) except -1.0:
    """Until when to wait, in seconds of the monotonic clock."""
    if not block or timeout is None:
        return FOR_EVER
    if timeout < 0:
        raise ValueError("'timeout' must be a non-negative number")
    return monotonic_s() + <double>timeout


make_coroutine(<PyTypeObject *>Place)
make_coroutine(<PyTypeObject *>ThreadQueuePut)
make_coroutine(<PyTypeObject *>ThreadQueueGet)
make_coroutine(<PyTypeObject *>ThreadQueueJoin)
