"""WorkItem: a call that a thread pool's worker makes for a loop.

Law: knows concurrent.futures.ThreadPoolExecutor inside out, and of a loop its ready queue.

For run_in_executor() asyncio lets the executor make a concurrent.futures.Future, which has a
Condition, and chains a future of its own to that by two callbacks. Here one object takes the place
of all that: it stands in the executor's own queue, a worker calls its run(), which puts it through
the loop's door, and the loop tells the future what has come of it.

That is for a pool whose class is ThreadPoolExecutor itself, with nothing replaced that has a part
in it. Everything else goes CPython's way; so does a call that the pool is going to refuse, for
CPython has the words for that. What a program can see is the same: a future ends in the loop's
thread, between two steps; a call that was cancelled before a worker came to it is not made; what
the function raises, BaseException included, is the future's.

Ownership: the executor's queue owns the item, then the worker, then the ready queue. The item owns
its future, as asyncio's does by way of a callback.
"""

from cpython.ref cimport Py_DECREF

import _queue
from asyncio import base_events, futures
from concurrent.futures import thread

from trueloop.kernel.differences cimport JOBS_END_AT_ONCE
from trueloop.kernel.future cimport CANCELLED, PENDING, future_on
from trueloop.kernel.hooks cimport Hooks, place_of
from trueloop.kernel.ready cimport JOB
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport (
    METH_FASTCALL, PyCFunction, PyMethodDef, PyTypeObject, tl_add_method,
)
from trueloop.kernel.task cimport Task

cdef extern from "Python.h":
    PyObject *PyObject_Call(PyObject *, PyObject *, PyObject *) noexcept
    PyObject *Py_NewRef(object)

cdef extern from "cpython.h":
    PyObject *tl_take_raised() noexcept
    int tl_callers(PyObject **codes, int *offsets, int most) noexcept
    unsigned int tl_version_of_class(PyObject *) noexcept

cdef object _Pool = thread.ThreadPoolExecutor
cdef object _Queue = _queue.SimpleQueue
cdef object _WorkItem = thread._WorkItem
cdef object _Future = thread._base.Future
cdef object _Loop = base_events.BaseEventLoop
cdef object _wrap_future = futures.wrap_future
# What CPython's way consists of: (class, name of a method, the method).
cdef list _methods = [
    (owner, name, vars(owner)[name])
    for owner, name in (
        (_Pool, "submit"),
        (_Pool, "_adjust_thread_count"),
        (_WorkItem, "__init__"),
        (_WorkItem, "run"),
        (_Loop, "run_in_executor"),
    )
]
cdef unsigned int _pool_version
cdef unsigned int _item_version
cdef unsigned int _loop_version


cdef class WorkItem(Job):
    """A call that a worker is to make; the executor takes it for one of its own."""

    def __dealloc__(self):
        while self.caller_count:
            self.caller_count -= 1
            Py_DECREF(<object>self.codes[self.caller_count])

    def __repr__(self):
        return f"<WorkItem {self.function!r}>"

    # -- what an executor does with it; run() is below

    @property
    def future(self):
        """What an executor cancels, or gives an exception to, instead of having it run."""
        return self

    def cancel(self):
        """The function will not be called. False if it is too late for that."""
        if self.stage != QUEUED:
            return False
        self.end(CALLED_OFF, None)
        return True

    def set_exception(self, error):
        """The function will not be called, because of `error`."""
        self.end(RAISED, error)

    cdef int work(self) except -1:
        """Call the function, in a worker's thread."""
        cdef PyObject *result
        cdef Stage stage = RETURNED
        cdef object outcome
        if self.awaited.state == CANCELLED:
            self.stage = CALLED_OFF
        else:
            self.stage = AT_WORK
            result = PyObject_Call(<PyObject *>self.function, <PyObject *>self.args, NULL)
            if result == NULL:
                result = tl_take_raised()
                stage = RAISED
            outcome = <object>result
            Py_DECREF(outcome)  # `outcome` owns it now
            self.end(stage, outcome)
        self.function = None
        self.args = None
        return 0

    cdef int end(self, Stage stage, object outcome) except -1:
        """Let the loop know what has come of it, now or by its door. In whatever thread."""
        cdef Future future = self.awaited
        self.stage = stage
        self.outcome = outcome
        if future._loop_object.is_closed():
            return 0
        if JOBS_END_AT_ONCE and running_loop() is future._loop_object:
            return self.run()
        return future.ready.push(JOB, <PyObject *>self, NULL, NULL)

    cdef int run(self) except -1:
        """Tell the future what has come of it. In the loop's thread."""
        cdef Future future = self.awaited
        cdef object outcome = self.outcome
        if future is None:
            return 0
        self.awaited = None
        self.outcome = None
        if future.state == CANCELLED:
            return 0
        if future.state != PENDING:
            raise AssertionError("somebody else finished the future of a call in an executor")
        if self.stage == RETURNED:
            return future.settle(outcome)
        if self.stage == RAISED:
            future.set_exception(futures._convert_future_exc(outcome))
        else:
            future.cancel()
        return 0

    # -- what detectors ask

    @property
    def is_at_work(self):
        """Whether a worker is at it."""
        return self.stage == AT_WORK

    @property
    def callers(self):
        """(file name, line, function) of those who called run_in_executor(), innermost first."""
        return [
            place_of(<object>self.codes[i], self.offsets[i]) for i in range(self.caller_count)
        ]

    @property
    def task_created_at(self):
        """(file name, line, function) that created the task in which it was called, or None."""
        return place_of(self.task_site, self.task_site_offset)


cdef PyObject *work_item_run(PyObject *op, PyObject **given, Py_ssize_t count) except NULL:
    """run(), or from 3.14 on run(context), as a worker calls it."""
    (<WorkItem>op).work()
    return Py_NewRef(None)


# ---- handing over

cdef object hand_over(
    object loop, Ready ready, object given, object pool, object function, tuple args
):
    cdef Hooks hooks = ready.hooks
    cdef WorkItem item
    cdef Future future
    if not is_plain(pool) or ready.is_anothers():
        return None
    if hooks.submits is not None and is_full(pool):
        function = submitted(hooks, loop, given, function)
    future = future_on(loop, ready)
    item = WorkItem.__new__(WorkItem)
    item.function = function
    item.args = args
    item.awaited = future
    item.caller_count = tl_callers(item.codes, item.offsets, MOST_CALLERS)
    if hooks.current != NULL:
        item.task_site = (<Task>hooks.current)._site
        item.task_site_offset = (<Task>hooks.current)._site_offset
    with pool._shutdown_lock, thread._global_shutdown_lock:
        if pool._broken or pool._shutdown or thread._shutdown:
            return None
        pool._work_queue.put(item)
        pool._adjust_thread_count()
    return future


cdef object submitted(Hooks hooks, object loop, object given, object function):
    """What the hook says is to be called instead; the function itself if the hook has failed."""
    answer = hooks.submits(loop, given, function)
    return function if answer is None else answer


cdef bint is_full(object pool) except -1:
    """Whether a call that is handed over now has to wait for a worker."""
    if pool._work_queue.qsize():
        return True
    return not pool._idle_semaphore._value and len(pool._threads) >= pool._max_workers


cdef bint is_plain(object pool) except -1:
    """Whether it is a thread pool of CPython's own, with nothing replaced."""
    global _pool_version, _item_version, _loop_version
    cdef dict own
    if type(pool) is not _Pool:
        return False
    own = pool.__dict__
    if "submit" in own or "_adjust_thread_count" in own or type(pool._work_queue) is not _Queue:
        return False
    if (
        thread._WorkItem is not _WorkItem
        or thread._base.Future is not _Future
        or futures.wrap_future is not _wrap_future
    ):
        return False
    if (
        _pool_version
        and _pool_version == tl_version_of_class(<PyObject *>_Pool)
        and _item_version == tl_version_of_class(<PyObject *>_WorkItem)
        and _loop_version == tl_version_of_class(<PyObject *>_Loop)
    ):
        return True
    for owner, name, method in _methods:
        if getattr(owner, name) is not method:  # the look gives the class a version, if it had none
            return False
    _pool_version = tl_version_of_class(<PyObject *>_Pool)
    _item_version = tl_version_of_class(<PyObject *>_WorkItem)
    _loop_version = tl_version_of_class(<PyObject *>_Loop)
    return True


cdef PyMethodDef _run_method
_run_method.ml_name = "run"
_run_method.ml_meth = <PyCFunction><void *>work_item_run
_run_method.ml_flags = METH_FASTCALL
_run_method.ml_doc = b"Make the call, in this thread."
tl_add_method(<PyTypeObject *>WorkItem, &_run_method)
