"""Queue, PriorityQueue and LifoQueue: asyncio's, native.

Law: who may put and who may get, and who is next. What it takes to wait is in operation.pyx and
line.pyx.

The items are in a deque or a list, as in asyncio, and `_queue` is that very object: subclasses
keep their items there, and programs look into it. A deque's append and popleft are called as the C
functions that they are. It gives memory back by itself after a burst.

A program may override or replace any part of a queue, on the class or on one object, at any time.
`_put` and `_get`, which are meant for that, are called then. If it is anything else that the
others build on, the queue becomes foreign: asyncio's own methods run, on attributes that live here.
To find that out costs two comparisons: of the type's version, and of the size of the object's
__dict__, with what they were at the last look. A queue becomes foreign too when somebody asks for
its `_getters` or `_putters`, which may be changed by who has them.

Ownership: a queue owns its items and its lines.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

import collections
import heapq
import sys
import types
from asyncio import queues

from trueloop.kernel.future cimport CANCELLED, PENDING, Future
from trueloop.kernel.slots cimport (
    METH_FASTCALL, METH_KEYWORDS, METH_NOARGS, PyCFunction, PyMethodDef, PyTypeObject,
    destructor, tl_add_method,
)
from trueloop.primitives.arguments cimport needed_argument, only_argument
from trueloop.primitives.attributes cimport attribute_count
from trueloop.primitives.line cimport Line, Waiter
from trueloop.primitives.locks cimport Event
from trueloop.primitives.loopbound cimport LoopBound
from trueloop.primitives.operation cimport FRESH, OVER, is_own, make_coroutine, note_origin

cdef extern from "Python.h":
    int PyObject_CallFinalizerFromDealloc(PyObject *) noexcept
    void PyErr_SetNone(PyObject *) noexcept

cdef extern from "cpython.h":
    unsigned int tl_class_version(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_SPARES(puts, 64)
    TL_SPARES(gets, 64)

    /* What a builtin type's method does, or NULL if it is not called in that way. */
    static PyCFunction tl_method_function(PyObject *method, int flags) {
        PyMethodDef *definition;
        if (!Py_IS_TYPE(method, &PyMethodDescr_Type))
            return NULL;
        definition = ((PyMethodDescrObject *)method)->d_method;
        return definition->ml_flags == flags ? definition->ml_meth : NULL;
    }
    """
    PyObject *puts_take() noexcept
    PyObject *gets_take() noexcept
    bint puts_keep(PyObject *) noexcept
    bint gets_keep(PyObject *) noexcept
    ctypedef object (*Method "PyCFunction")(object, PyObject *)
    Method tl_method_function(PyObject *, int) noexcept
    int METH_O

cdef object _Queue = queues.Queue
cdef object _QueueEmpty = queues.QueueEmpty
cdef object _QueueFull = queues.QueueFull
cdef object _QueueShutDown = getattr(queues, "QueueShutDown", None)  # 3.13 and later
cdef object _MAXSIZE = sys.maxsize
cdef object _deque = collections.deque
cdef object _heappush = heapq.heappush
cdef object _heappop = heapq.heappop
cdef object _append = _deque.append
cdef object _popleft = _deque.popleft
cdef Method deque_append = tl_method_function(<PyObject *>_append, METH_O)
cdef Method deque_popleft = tl_method_function(<PyObject *>_popleft, METH_NOARGS)

cdef enum Order:
    FIRST_FIRST    # items in a deque
    LEAST_FIRST    # in a list, by heapq
    LAST_FIRST     # in a list


# ---- put, get, join

@cython.final
cdef class QueuePut(Waiter):
    cdef Queue queue
    cdef object item

    stands_for = queues.Queue.put.__code__

    @property
    def __qualname__(self):
        return "Queue.put"

    cdef object begin(self):
        if self.queue.is_shutdown:
            raise _QueueShutDown
        if self.queue.is_full():
            self.queue.wait_as(self, True)
        else:
            self.queue.put_now(self.item)

    cdef object woken(self, Future future, object error):
        if error is None:
            return self.begin()
        self.queue.give_up(future, True)
        if future.state != CANCELLED and not self.queue.is_full():
            self.queue.wake_one(True)  # it was our turn, and we cannot come


@cython.final
cdef class QueueGet(Waiter):
    cdef Queue queue

    stands_for = queues.Queue.get.__code__

    @property
    def __qualname__(self):
        return "Queue.get"

    cdef object begin(self):
        if self.queue.items:
            return self.queue.get_now()
        if self.queue.is_shutdown:
            raise _QueueShutDown
        self.queue.wait_as(self, False)

    cdef object woken(self, Future future, object error):
        if error is None:
            return self.begin()
        self.queue.give_up(future, False)
        if future.state != CANCELLED and self.queue.items:
            self.queue.wake_one(False)


# Most operations end in their first step and die at once: they are used again as they are. Pointers
# hand over what is owned: CPython 3.12 and 3.13 take long to undo an increment.

cdef inline PyObject *new_put(PyObject *queue, PyObject *item) except NULL:
    cdef PyObject *operation = puts_take()
    if operation == NULL:
        fresh = QueuePut.__new__(QueuePut)
        Py_INCREF(fresh)
        operation = <PyObject *>fresh
    else:
        note_origin(<QueuePut>operation)
    (<QueuePut>operation).stage = FRESH
    (<QueuePut>operation).queue = <Queue>queue
    (<QueuePut>operation).item = <object>item
    return operation


cdef inline PyObject *new_get(PyObject *queue) except NULL:
    cdef PyObject *operation = gets_take()
    if operation == NULL:
        fresh = QueueGet.__new__(QueueGet)
        Py_INCREF(fresh)
        operation = <PyObject *>fresh
    else:
        note_origin(<QueueGet>operation)
    (<QueueGet>operation).stage = FRESH
    (<QueueGet>operation).queue = <Queue>queue
    return operation


cdef void put_dealloc(PyObject *op) noexcept:
    cdef object _queue, _item  # dropped only when the operation may be used again
    if (<QueuePut>op).stage == OVER:
        _queue = (<QueuePut>op).queue
        _item = (<QueuePut>op).item
        (<QueuePut>op).queue = None
        (<QueuePut>op).item = None
        if not puts_keep(op):
            put_dealloc_whole(op)
    elif PyObject_CallFinalizerFromDealloc(op) == 0:
        put_dealloc_whole(op)


cdef void get_dealloc(PyObject *op) noexcept:
    cdef object _queue
    if (<QueueGet>op).stage == OVER:
        _queue = (<QueueGet>op).queue
        (<QueueGet>op).queue = None
        if not gets_keep(op):
            get_dealloc_whole(op)
    elif PyObject_CallFinalizerFromDealloc(op) == 0:
        get_dealloc_whole(op)


cdef class QueueJoin(Waiter):
    cdef Queue queue

    stands_for = queues.Queue.join.__code__

    @property
    def __qualname__(self):
        return "Queue.join"

    cdef object begin(self):
        cdef Event event
        if self.queue.unfinished > 0:
            event = self.queue.event()
            if not event.value:
                event.line.join(self, event.new_future())

    cdef object woken(self, Future future, object error):
        return None


# ---- the queues

cdef inline bint is_native(Queue queue) except -1:
    """Whether nothing but `_put` and `_get` was overridden."""
    if queue.foreign:
        return False
    if (
        tl_class_version(<PyObject *>queue) == queue.seen_version
        and attribute_count(queue) == queue.seen_size
    ):
        return True
    return queue.look()


cdef class Queue(LoopBound):
    """asyncio.Queue."""

    cdef object items              # `_queue`: what the program sees is what is used
    cdef object given_maxsize
    cdef Py_ssize_t limit          # 0: none; -1: `given_maxsize` is no plain int, compare with it
    cdef Py_ssize_t unfinished
    cdef Line getters
    cdef Line putters
    cdef Event finished            # None until somebody looks
    cdef bint is_shutdown
    cdef char order                # an Order
    # What look() has seen last, and of which state of the type and the object.
    cdef bint asks_put             # `_put` was overridden
    cdef bint asks_get
    cdef bint foreign              # more was: asyncio's code runs, from then on
    cdef unsigned int seen_version
    cdef Py_ssize_t seen_size      # -1: never looked
    cdef object foreign_getters    # then these deques take the place of the lines
    cdef object foreign_putters

    def __cinit__(self, *args, **kwargs):
        self.getters = Line()
        self.putters = Line()
        self.given_maxsize = 0
        self.seen_size = -1

    def __init__(self, maxsize=0):
        self.set_maxsize(maxsize)
        self.unfinished = 0
        self.finished = None
        self._init(maxsize)
        self.is_shutdown = False

    __class_getitem__ = classmethod(types.GenericAlias)

    # -- for subclasses to override

    def _init(self, maxsize):
        self.items = _deque() if self.order == FIRST_FIRST else []

    def _put(self, item):
        self.add(item)

    def _get(self):
        return self.remove()

    # -- what is asyncio's own

    def _wakeup_next(self, waiters):
        _Queue._wakeup_next(self, waiters)

    def _format(self):
        if self.foreign:
            return _Queue._format(self)
        parts = [f"maxsize={self.given_maxsize!r}"]
        if self.items:
            parts.append(f"_queue={list(self.items)!r}")
        if self.getters.count:
            parts.append(f"_getters[{self.getters.count}]")
        if self.putters.count:
            parts.append(f"_putters[{self.putters.count}]")
        if self.unfinished:
            parts.append(f"tasks={self.unfinished}")
        if self.is_shutdown:
            parts.append("shutdown")
        return " ".join(parts)

    def __repr__(self):
        return _Queue.__repr__(self)

    def __str__(self):
        return _Queue.__str__(self)

    # -- the public interface; put() and get() and their like are below

    @property
    def maxsize(self):
        """Number of items allowed in the queue; without a limit if it is not above zero."""
        return self.given_maxsize

    def qsize(self):
        """Number of items in the queue."""
        return len(self.items)

    def empty(self):
        """Whether there are no items."""
        return not self.items

    def full(self):
        """Whether there are `maxsize` items; never if there is no limit."""
        if not is_native(self):
            return _Queue.full(self)
        return bool(self.is_full())

    def task_done(self):
        """One item that was taken out is done with.

        ValueError if this was said of all items before.
        """
        if self.unfinished <= 0:
            raise ValueError("task_done() called too many times")
        self.unfinished -= 1
        self.note_finished()

    def join(self):
        """Wait until task_done() was called for each item that was put in."""
        cdef QueueJoin operation = QueueJoin.__new__(QueueJoin)
        operation.queue = self
        return operation

    # -- how

    @cython.final
    cdef bint look(self) except -1:
        """Find out what was overridden or replaced; False if that is more than _put and _get."""
        cdef Py_ssize_t size = attribute_count(self)
        cdef unsigned int version
        for name, method in _methods:
            if not is_own(self, name, method):
                self.become_foreign()
                return False
        self.asks_put = not is_own(self, "_put", _own_put)
        self.asks_get = not is_own(self, "_get", _own_get)
        version = tl_class_version(<PyObject *>self)  # the look has given it one, if it had none
        self.seen_size = size if version else -1
        self.seen_version = version
        return True

    @cython.final
    cdef int become_foreign(self) except -1:
        """From now on those who wait stand in deques, as asyncio's methods want them."""
        self.foreign_getters = _deque()
        self.foreign_putters = _deque()
        self.foreign = True
        while self.getters.first != NULL:
            self.foreign_getters.append(self.getters.take())
        while self.putters.first != NULL:
            self.foreign_putters.append(self.putters.take())
        return 0

    @cython.final
    cdef int set_maxsize(self, object maxsize) except -1:
        self.given_maxsize = maxsize
        self.limit = -1
        if type(maxsize) is int and maxsize <= _MAXSIZE:
            self.limit = max(maxsize, 0)
        return 0

    @cython.final
    cdef bint is_full(self) except -1:
        if self.limit == 0:
            return False
        if self.limit > 0:
            return len(self.items) >= self.limit
        return not self.given_maxsize <= 0 and len(self.items) >= self.given_maxsize

    @cython.final
    cdef int add(self, object item) except -1:
        """What `_put` does unless it is overridden."""
        cdef object items = self.items
        if self.order == LEAST_FIRST:
            with cython.critical_section(items):
                _heappush(items, item)
        elif type(items) is _deque and deque_append != NULL:
            deque_append(items, <PyObject *>item)
        elif type(items) is list:
            (<list>items).append(item)
        else:
            items.append(item)
        return 0

    @cython.final
    cdef object remove(self):
        """What `_get` does unless it is overridden."""
        cdef object items = self.items
        if self.order == LEAST_FIRST:
            with cython.critical_section(items):
                return _heappop(items)
        if self.order == LAST_FIRST:
            return (<list>items).pop() if type(items) is list else items.pop()
        if type(items) is _deque and deque_popleft != NULL:
            return deque_popleft(items, NULL)
        return items.popleft()

    @cython.final
    cdef int put_now(self, object item) except -1:
        if self.asks_put:
            self._put(item)
        else:
            self.add(item)
        self.unfinished += 1
        if self.finished is not None:
            self.finished.value = False
        return self.wake_one(False)

    @cython.final
    cdef object get_now(self):
        cdef object item = self._get() if self.asks_get else self.remove()
        self.wake_one(True)
        return item

    @cython.final
    cdef int wait_as(self, Waiter waiter, bint putting) except -1:
        """Let a waiter stand in the line of those who put, or of those who get."""
        cdef Line line = self.putters if putting else self.getters
        cdef Future future = self.new_future()
        if not self.foreign:
            return line.join(waiter, future)
        # It came before the queue became foreign, and waits once more.
        waiter.line = line
        waiter.future = future
        (self.foreign_putters if putting else self.foreign_getters).append(future)
        return 0

    @cython.final
    cdef int give_up(self, Future future, bint putting) except -1:
        """Whoever waits for `future` will come no more; it has left its line."""
        cdef object waiting = self.foreign_putters if putting else self.foreign_getters
        future.cancel_now(None)
        if self.foreign and future in waiting:
            waiting.remove(future)
        return 0

    @cython.final
    cdef int wake_one(self, bint putting) except -1:
        """Wake the first who puts, or who gets, that is not on its way out."""
        cdef Line line = self.putters if putting else self.getters
        cdef Future future
        while line.first != NULL:
            future = line.take()
            if future is not None and future.state == PENDING:
                self.note_thread(future, "get_nowait()" if putting else "put_nowait()")
                return future.settle(None)
        if self.foreign:
            self._wakeup_next(self.foreign_putters if putting else self.foreign_getters)
        return 0

    @cython.final
    cdef int wake_all(self, Line line) except -1:
        cdef Future future
        while line.first != NULL:
            future = line.take()
            if future is not None and future.state == PENDING:
                self.note_thread(future, "shutdown()")
                future.settle(None)
        return 0

    @cython.final
    cdef Event event(self):
        """What join() waits for."""
        cdef Event event = self.finished
        if event is None:
            event = Event()
            event.value = self.unfinished == 0
            self.finished = event
        return event

    @cython.final
    cdef int note_finished(self) except -1:
        if self.unfinished == 0 and self.finished is not None:
            self.finished.set()
        return 0

    # -- what others read of asyncio's

    @property
    def _queue(self):
        return self.items

    @_queue.setter
    def _queue(self, items):
        self.items = items

    @property
    def _maxsize(self):
        return self.given_maxsize

    @_maxsize.setter
    def _maxsize(self, maxsize):
        self.set_maxsize(maxsize)

    @property
    def _unfinished_tasks(self):
        return self.unfinished

    @_unfinished_tasks.setter
    def _unfinished_tasks(self, count):
        self.unfinished = count

    @property
    def _finished(self):
        return self.event()

    @property
    def _getters(self):
        if not self.foreign:
            self.become_foreign()
        return self.foreign_getters

    @property
    def _putters(self):
        if not self.foreign:
            self.become_foreign()
        return self.foreign_putters

    @property
    def _is_shutdown(self):
        return bool(self.is_shutdown)

    @_is_shutdown.setter
    def _is_shutdown(self, value):
        self.is_shutdown = value


cdef class PriorityQueue(Queue):
    """asyncio.PriorityQueue."""

    def __cinit__(self, *args, **kwargs):
        self.order = LEAST_FIRST


cdef class LifoQueue(Queue):
    """asyncio.LifoQueue."""

    def __cinit__(self, *args, **kwargs):
        self.order = LAST_FIRST


# ---- methods made by hand: these are hot, or leave no entry of ours in a traceback that is

cdef PyObject *queue_put(
    PyObject *op, PyObject **given, Py_ssize_t count, PyObject *names
) except NULL:
    cdef PyObject *item = needed_argument(given, count, names, "Queue.put", "item")
    if is_native(<Queue>op):
        return new_put(op, item)
    operation = _Queue.put(<object>op, <object>item)
    Py_INCREF(operation)
    return <PyObject *>operation


cdef PyObject *queue_get(PyObject *op, PyObject *unused) except NULL:
    if is_native(<Queue>op):
        return new_get(op)
    operation = _Queue.get(<object>op)
    Py_INCREF(operation)
    return <PyObject *>operation


cdef PyObject *queue_put_nowait(
    PyObject *op, PyObject **given, Py_ssize_t count, PyObject *names
) except NULL:
    cdef Queue self = <Queue>op
    cdef PyObject *item = needed_argument(
        given, count, names, "Queue.put_nowait", "item"
    )
    if not is_native(self):
        _Queue.put_nowait(self, <object>item)
    elif self.is_shutdown:
        PyErr_SetNone(<PyObject *>_QueueShutDown)
        return NULL
    elif self.is_full():
        PyErr_SetNone(<PyObject *>_QueueFull)
        return NULL
    else:
        self.put_now(<object>item)
    Py_INCREF(None)
    return <PyObject *>None


cdef PyObject *queue_get_nowait(PyObject *op, PyObject *unused) except NULL:
    cdef Queue self = <Queue>op
    cdef object item
    if not is_native(self):
        item = _Queue.get_nowait(self)
    elif self.items:
        item = self.get_now()
    else:
        PyErr_SetNone(<PyObject *>(_QueueShutDown if self.is_shutdown else _QueueEmpty))
        return NULL
    Py_INCREF(item)
    return <PyObject *>item


cdef PyObject *queue_shutdown(
    PyObject *op, PyObject **given, Py_ssize_t count, PyObject *names
) except NULL:
    cdef Queue self = <Queue>op
    cdef PyObject *argument = only_argument(given, count, names, "Queue.shutdown", "immediate")
    cdef bint immediate = argument != NULL and <object>argument
    if not is_native(self):
        _Queue.shutdown(self, immediate)
    else:
        self.is_shutdown = True
        if immediate:
            while self.items:
                self._get()
                if self.unfinished > 0:
                    self.unfinished -= 1
            self.note_finished()
        self.wake_all(self.getters)
        self.wake_all(self.putters)
    Py_INCREF(None)
    return <PyObject *>None


cdef PyMethodDef _put_method
_put_method.ml_name = "put"
_put_method.ml_meth = <PyCFunction><void *>queue_put
_put_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_put_method.ml_doc = b"Put an item in, when there is room; QueueShutDown after shutdown()."

cdef PyMethodDef _get_method
_get_method.ml_name = "get"
_get_method.ml_meth = <PyCFunction><void *>queue_get
_get_method.ml_flags = METH_NOARGS
_get_method.ml_doc = b"Take the next item out, when there is one; QueueShutDown if none will come."

cdef PyMethodDef _put_nowait_method
_put_nowait_method.ml_name = "put_nowait"
_put_nowait_method.ml_meth = <PyCFunction><void *>queue_put_nowait
_put_nowait_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_put_nowait_method.ml_doc = b"Put an item in; QueueFull if there is no room."

cdef PyMethodDef _get_nowait_method
_get_nowait_method.ml_name = "get_nowait"
_get_nowait_method.ml_meth = <PyCFunction><void *>queue_get_nowait
_get_nowait_method.ml_flags = METH_NOARGS
_get_nowait_method.ml_doc = b"Take the next item out; QueueEmpty if there is none."

cdef PyMethodDef _shutdown_method
_shutdown_method.ml_name = "shutdown"
_shutdown_method.ml_meth = <PyCFunction><void *>queue_shutdown
_shutdown_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_shutdown_method.ml_doc = (
    b"From now on put() raises QueueShutDown, and so does get() when the queue is empty, which "
    b"it is at once if `immediate` is true."
)

tl_add_method(<PyTypeObject *>Queue, &_put_method)
tl_add_method(<PyTypeObject *>Queue, &_get_method)
tl_add_method(<PyTypeObject *>Queue, &_put_nowait_method)
tl_add_method(<PyTypeObject *>Queue, &_get_nowait_method)
if _QueueShutDown is not None:
    tl_add_method(<PyTypeObject *>Queue, &_shutdown_method)

# What asyncio's methods call of each other. Whoever overrides one of these gets all of asyncio's.
cdef tuple _methods = tuple([
    (name, vars(Queue).get(name) or vars(LoopBound)[name])
    for name in (
        "full", "empty", "qsize", "put_nowait", "get_nowait", "_wakeup_next", "_get_loop",
    )
])
cdef object _own_put = vars(Queue)["_put"]
cdef object _own_get = vars(Queue)["_get"]

make_coroutine(<PyTypeObject *>QueuePut)
make_coroutine(<PyTypeObject *>QueueGet)
make_coroutine(<PyTypeObject *>QueueJoin)
cdef destructor put_dealloc_whole = (<PyTypeObject *>QueuePut).tp_dealloc
cdef destructor get_dealloc_whole = (<PyTypeObject *>QueueGet).tp_dealloc
(<PyTypeObject *>QueuePut).tp_dealloc = put_dealloc
(<PyTypeObject *>QueueGet).tp_dealloc = get_dealloc
