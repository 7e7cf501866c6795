"""gather: asyncio's, native.

Law: what becomes of the children's outcomes; how tasks are made is in spawning.pyx, how a future
tells of its end in the kernel's waiters.pyx.

gather() gives a future, Gathering, that has the children. One Gather listens to all of them and
counts. Only the last one to end, and one that fails where a failure ends the wait, are heard of in
the next pass, as asyncio hears of each.

Only the usual is native: coroutines, and futures and tasks of ours that belong to the running loop.
For everything else there is asyncio's own function.

Ownership: the Gathering owns its children; a pending child owns the Gather, which owns the
Gathering. Without a GIL the counts change under the lock of the Gather.
"""

cimport cython
from cpython.list cimport PyList_GET_ITEM, PyList_New, PyList_SET_ITEM
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF
from cpython.tuple cimport PyTuple_GET_ITEM

from asyncio import tasks
from asyncio.exceptions import CancelledError

from trueloop.kernel.differences cimport GATHER_ENDS_AT_ONCE
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.future cimport CANCELLED, PENDING, Future, adopt, future_finalize
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.ready cimport CALLBACK
from trueloop.kernel.slots cimport PyTypeObject, tl_set_finalizer
from trueloop.kernel.task cimport Task, cancel_task, is_ours
from trueloop.kernel.waiters cimport LISTENS, Callback, tell
from trueloop.primitives.insides import nested_code
from trueloop.primitives.spawning cimport is_spawnable, spawn, spawning_loop

cdef extern from "Python.h":
    int Py_EnterRecursiveCall(const char *) except *  # 1 if it fails, though -1 is documented
    void Py_LeaveRecursiveCall() noexcept
    Py_ssize_t Py_REFCNT(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(gathering_pool, 256)
    TL_POOL(gather_pool, 256)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void gathering_pool_install(PooledType *) noexcept
    void gather_pool_install(PooledType *) noexcept

cdef object _asyncios_gather = tasks.gather
cdef object _GatheringFuture = tasks._GatheringFuture
cdef object _CancelledError = CancelledError
# In whose stead the children are cancelled: who asks for the reason is told of this code.
cdef object CANCEL = tasks._GatheringFuture.cancel.__code__


@cython.final
cdef class Gathering(Future):
    """What gather() gives: asyncio's _GatheringFuture, native."""

    cdef list children
    cdef bint cancel_requested     # and a child was told

    @property
    def __class__(self):
        return _GatheringFuture

    @property
    def _children(self):
        return self.children

    @property
    def _cancel_requested(self):
        return bool(self.cancel_requested)

    def cancel(self, msg=None):
        """Cancel all children that are not done; False if there are none."""
        cdef bint any_told = False
        if self.state != PENDING:
            return False
        Py_EnterRecursiveCall(" while cancelling a gather")  # they may be gathers, too
        try:
            for child in self.children:
                if cancel_child(child, msg):
                    any_told = True
        finally:
            Py_LeaveRecursiveCall()
        if any_told:
            self.cancel_requested = True
        return any_told


cdef bint cancel_child(object child, object message) except -1:
    if type(child) is Task:
        return cancel_task(<Task>child, message, CANCEL, None)
    if type(child) is Future:
        (<Future>child).unread = False
        return (<Future>child).cancel_now(message)
    return child.cancel(msg=message)


@cython.final
cdef class Gather(Callback):
    """Listens to the children of one gather()."""

    cdef readonly Gathering outer           # None: gather() itself has failed
    cdef readonly bint return_exceptions
    cdef Py_ssize_t unsettled      # children that are not done
    cdef Py_ssize_t unheard        # children that are done, of which it still has to hear

    stands_for = nested_code(tasks.gather, "_done_callback")

    @property
    def finishes(self):
        return self.outer

    cdef bint wants(self, object future) noexcept:
        cdef Future child = <Future>future
        cdef bint failed = child.failed or child.state == CANCELLED
        tl_lock(<PyObject *>self)
        self.unsettled -= 1
        if failed and (
            not self.return_exceptions or self.outer is None or self.outer.state != PENDING
        ):
            self.unheard += 1
        elif self.unsettled == 0:
            self.unheard += 1
            failed = True
        else:
            failed = False
        tl_unlock(<PyObject *>self)
        return failed

    cdef int hear(self, object future) except -1:
        try:
            return self.note_end(future)
        except MemoryError as error:
            if self.outer is None or self.outer.state != PENDING:
                raise
            return self.outer.fail_by_news(error)  # else who awaits it would wait for ever

    cdef int note_end(self, object future) except -1:
        cdef Future child = <Future>future
        cdef Gathering outer = self.outer
        cdef bint is_last
        tl_lock(<PyObject *>self)
        self.unheard -= 1
        is_last = self.unheard == 0 and self.unsettled == 0
        tl_unlock(<PyObject *>self)
        if outer is None or outer.state != PENDING:
            if child.state != CANCELLED:
                child.note_heard()
            return 0
        if not self.return_exceptions:
            if child.state == CANCELLED:
                return outer.fail_by_news(child.cancelled_error())
            child.note_heard()
            if child.failed:
                return outer.fail_by_news(child._value)
        return finish(outer) if is_last else 0


cdef int finish(Gathering outer) except -1:
    """All children are done."""
    cdef Py_ssize_t count = len(outer.children)
    cdef list results = PyList_New(count)
    cdef Py_ssize_t i
    cdef Future child
    cdef object outcome
    for i in range(count):
        child = <Future>PyList_GET_ITEM(outer.children, i)
        if child.state == CANCELLED:
            outcome = _CancelledError("" if child._message is None else child._message)
        else:
            if child.failed:
                child.note_heard()
            outcome = child._value
        Py_INCREF(outcome)
        PyList_SET_ITEM(results, i, outcome)
    if outer.cancel_requested:
        return outer.fail_by_news(child.cancelled_error())
    return outer.settle(results)


cdef bint is_usual(Loop loop, tuple awaitables) noexcept:
    """Whether all are coroutines, and futures of this loop."""
    cdef PyObject *each
    cdef Py_ssize_t i
    for i in range(len(awaitables)):
        each = <PyObject *>PyTuple_GET_ITEM(awaitables, i)
        if is_ours(<object>each):
            if (<Future>each).ready is not loop.ready_queue:
                return False
        elif not is_spawnable(<object>each):
            return False
    return True


cdef list take(Gather self, Loop loop, tuple awaitables):
    """Listen to the futures of what was given to gather(); those that were done already."""
    cdef list children = self.outer.children
    cdef list done = []
    cdef dict seen = {}
    cdef PyObject *each
    cdef Future child
    cdef bint may_be_seen
    cdef Py_ssize_t i
    for i in range(len(awaitables)):
        each = <PyObject *>PyTuple_GET_ITEM(awaitables, i)
        if is_ours(<object>each):
            child = <Future>each
            may_be_seen = child.state != PENDING
            if child.is_heard_by(self):  # nothing that adds callbacks has run since
                self.unsettled -= 1
                children.append(child)
                continue
        else:
            child = None
            may_be_seen = Py_REFCNT(each) > 1  # what is given twice stands in the tuple twice
        if may_be_seen and <object>each in seen:
            self.unsettled -= 1
            children.append(seen[<object>each])
            continue
        if child is None:
            child = spawned(loop, <object>each)
        if may_be_seen:
            seen[<object>each] = child
        children.append(child)
        if child.state != PENDING and GATHER_ENDS_AT_ONCE:
            done.append(child)
        else:
            child.add_waiter(self, LISTENS)
    return done


cdef Task spawned(Loop loop, object coroutine):
    """A task that nobody but gather() has."""
    cdef Task task
    try:
        task = spawn(loop, coroutine, None, None)
    except RuntimeError:
        coroutine.close()
        raise
    task.quiet = True
    return task


cdef int begin(Gather self, Loop loop, list done) except -1:
    """All are listened to: from now on the last one may be told from the others."""
    cdef Gathering outer = self.outer
    cdef bint all_counted
    tl_lock(<PyObject *>self)
    self.unsettled -= 1 + len(done)
    self.unheard += len(done)
    all_counted = self.unsettled == 0 and self.unheard == 0
    if all_counted:
        self.unheard = 1
    tl_unlock(<PyObject *>self)
    if all_counted:
        child = outer.children[-1]
        return loop.ready_queue.push(
            CALLBACK, <PyObject *>self, <PyObject *>child, <PyObject *>LISTENS
        )
    for child in done:
        tell(self, child, loop, loop.ready_queue)
    return 0


@cython.binding(True)
def gather(*coros_or_futures, return_exceptions=False):
    """A future of the list of the results of all these; see asyncio.gather.

    The first exception is the future's, unless return_exceptions: then it is in the list.
    """
    cdef Loop loop = spawning_loop()
    cdef Gather self
    cdef Gathering outer
    if loop is None or not coros_or_futures or not is_usual(loop, coros_or_futures):
        return _asyncios_gather(*coros_or_futures, return_exceptions=return_exceptions)
    outer = Gathering.__new__(Gathering)
    outer._loop_object = loop
    outer.ready = loop.ready_queue
    outer.children = []
    self = Gather.__new__(Gather)
    self.outer = outer
    self.return_exceptions = return_exceptions
    self.unsettled = len(coros_or_futures) + 1  # one for gather() itself
    try:
        done = take(self, loop, coros_or_futures)
    except BaseException:
        self.outer = None
        raise
    begin(self, loop, done)
    return outer


gathering_pool_install(<PooledType *>Gathering)
gather_pool_install(<PooledType *>Gather)
tl_set_finalizer(<PyTypeObject *>Gathering, future_finalize)
adopt(Gathering)
