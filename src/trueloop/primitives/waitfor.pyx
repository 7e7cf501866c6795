"""wait_for: asyncio's of the running version, native.

Law: what wait_for() does with what it is given; the limit itself is in timeouts.pyx.

From Python 3.12 on it is an await inside a timeout(): Limited hands on what goes in and out of the
awaitable, as `yield from` does. Python 3.11 makes a task of the awaitable, waits for a future that
the task's end or the timer releases, and, when the time is up, for the task to end: Awaiting.

Only the usual is native: a number of seconds above zero, and a coroutine or a future of ours. For
everything else there is asyncio's own function.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

from asyncio import tasks
from asyncio.exceptions import CancelledError

from trueloop.kernel.differences cimport WAIT_FOR_IS_TIMEOUT
from trueloop.kernel.future cimport PENDING, Future, ended, future_result
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport (
    METH_FASTCALL, METH_O, PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PyCFunction, PyMethodDef,
    PySendResult, PyTypeObject, tl_add_method, tl_set_awaiter,
)
from trueloop.kernel.task cimport Task, cancel_task
from trueloop.kernel.throwing cimport thrown
from trueloop.kernel.waiters cimport LISTENS, Callback
from trueloop.primitives.alarms cimport disarm, ring_after
from trueloop.primitives.operation cimport (
    FRESH, OVER, RAISING, RETURNING, UNDER_WAY,
    Operation, make_coroutine, mark_coroutine_function, new_future,
)
from trueloop.primitives.spawning cimport is_spawnable, spawn, spawning_loop
from trueloop.primitives.timeouts cimport Timeout, new_timeout

cdef extern from "Python.h":
    int PyCoro_CheckExact(object) noexcept
    PyObject *PyExc_RuntimeError
    void PyErr_SetString(PyObject *, const char *) noexcept

cdef extern from "cpython.h":
    PySendResult tl_resume(PyObject *, PyObject *, PyObject **) noexcept
    PyObject *tl_take_raised() noexcept
    void tl_raise(PyObject *) noexcept
    void tl_raise_chained(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(limited_pool, 1024)
    TL_POOL(awaiting_pool, 1024)
    TL_POOL(release_pool, 1024)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void limited_pool_install(PooledType *) noexcept
    void awaiting_pool_install(PooledType *) noexcept
    void release_pool_install(PooledType *) noexcept

cdef object _CancelledError = CancelledError
cdef object _asyncios_wait_for = tasks.wait_for
cdef object WAIT_FOR = tasks.wait_for.__code__
cdef object CANCEL_AND_WAIT = tasks._cancel_and_wait.__code__
cdef object RELEASE = getattr(getattr(tasks, "_release_waiter", None), "__code__", None)


cdef int raise_it(object error) noexcept:
    """Raise an exception as it is."""
    Py_INCREF(error)
    tl_raise(<PyObject *>error)
    return PYGEN_ERROR


cdef object taken():
    """The exception that is raised; it is raised no more."""
    cdef PyObject *value = tl_take_raised()
    cdef object error = <object>value
    Py_DECREF(error)
    return error


cdef int chain(object error, object handled) except -1:
    """Let an error be one that was raised while another one was handled."""
    cdef object link = handled
    while link is not None and link is not error:
        link = link.__context__
    if link is None:
        error.__context__ = handled
    return 0


# ---- Python 3.12 and later

@cython.final
cdef class Limited(Operation):
    cdef object awaited
    cdef object delay
    cdef Timeout limit             # None before the first step

    stands_for = WAIT_FOR

    def __await__(self):  # and so it has async slots of its own
        return self

    def __next__(self):
        return self.send(None)

    @property
    def __qualname__(self):
        return "wait_for"

    @property
    def cr_await(self):
        return self.awaited if self.stage == UNDER_WAY else None


cdef PySendResult passed_on(Limited self, PySendResult how, PyObject **result) noexcept:
    """What the awaitable has come to, and so the timeout."""
    cdef object error = None
    cdef object answer
    if how == PYGEN_NEXT:
        self.stage = UNDER_WAY
        return how
    if how == PYGEN_ERROR:
        error = taken()
    try:
        answer = self.limit.leave(None if error is None else type(error), error, WAIT_FOR)
    except BaseException as failure:
        answer = failure
    self.awaited = None
    if answer is not None:
        if error is not None and answer is not error:
            answer.__context__ = error
        error = answer
    if error is None:
        return PYGEN_RETURN
    if how == PYGEN_RETURN:
        Py_DECREF(<object>result[0])
        result[0] = NULL
    return raise_it(error)


cdef PySendResult limited_send(PyObject *op, PyObject *argument, PyObject **result) noexcept:
    cdef Limited self = <Limited>op
    cdef char stage = self.stage
    result[0] = NULL
    if stage == OVER:
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine")
        return PYGEN_ERROR
    self.stage = OVER  # and nobody comes in while the awaitable runs
    if stage == FRESH:
        try:
            self.limit = new_timeout(self.delay)
            self.limit.enter()
        except BaseException as failure:
            return raise_it(failure)
    return passed_on(self, tl_resume(<PyObject *>self.awaited, NULL, result), result)


cdef PyObject *limited_next(PyObject *op) noexcept:
    cdef PyObject *result = NULL
    return ended(result) if limited_send(op, NULL, &result) == PYGEN_RETURN else result


cdef PyObject *for_python(PySendResult how, PyObject *result) noexcept:
    """What send() and throw() give."""
    cdef object stop
    if how != PYGEN_RETURN:
        return result
    stop = StopIteration(<object>result)
    Py_DECREF(<object>result)
    raise_it(stop)
    return NULL


cdef PyObject *limited_send_method(PyObject *op, PyObject *value) noexcept:
    cdef PyObject *result = NULL
    cdef PySendResult how = limited_send(op, value, &result)
    return for_python(how, result)


cdef PyObject *limited_throw(PyObject *op, PyObject **given, Py_ssize_t count) noexcept:
    cdef Limited self = <Limited>op
    cdef PyObject *result = NULL
    cdef PySendResult how = PYGEN_ERROR
    cdef char stage = self.stage
    cdef object error
    try:
        if not count:
            raise TypeError("throw expected at least 1 argument, got 0")
        error = thrown(<object>given[0], tuple([<object>given[i] for i in range(1, count)]))
        if stage == UNDER_WAY and isinstance(error, GeneratorExit):
            if not isinstance(self.awaited, Future):
                self.awaited.close()
    except BaseException as failure:
        error = failure
    self.stage = OVER
    if stage == OVER:
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine")
        return NULL
    if stage == FRESH:
        tl_raise_chained(<PyObject *>error)
        return NULL
    if isinstance(error, GeneratorExit) or isinstance(self.awaited, Future):
        tl_raise_chained(<PyObject *>error)
    else:
        how = tl_resume(<PyObject *>self.awaited, <PyObject *>error, &result)
    how = passed_on(self, how, &result)
    return for_python(how, result)


cdef PyMethodDef _send_method
_send_method.ml_name = "send"
_send_method.ml_meth = limited_send_method
_send_method.ml_flags = METH_O
_send_method.ml_doc = b"Resume; StopIteration carries the result. See PEP 342."

cdef PyMethodDef _throw_method
_throw_method.ml_name = "throw"
_throw_method.ml_meth = <PyCFunction><void *>limited_throw
_throw_method.ml_flags = METH_FASTCALL
_throw_method.ml_doc = b"Throw an exception in at the await; see PEP 342."


# ---- Python 3.11

@cython.final
cdef class Release(Callback):
    """A done-callback and a timer's callback: let somebody go on."""

    cdef Future waiter

    stands_for = RELEASE

    def __call__(self, future=None):
        self.hear(future)

    cdef int hear(self, object future) except -1:
        if self.waiter.state == PENDING:
            self.waiter.settle(None)
        return 0


cdef Release new_release(Future waiter):
    cdef Release release = Release.__new__(Release)
    release.waiter = waiter
    return release


cdef int on_done(object future, object callback) except -1:
    """future.add_done_callback(callback)"""
    if type(future) is Task and (<Task>future).ready is not None:
        return (<Task>future).add_waiter(callback, LISTENS)
    future.add_done_callback(callback)
    return 0


@cython.final
cdef class Awaiting(Operation):
    cdef readonly object awaited   # a future from the first step on
    cdef object delay
    cdef object timer
    cdef Release release           # the done-callback of `awaited`, while it has one
    cdef object cancelled          # the CancelledError that ends the wait, if it was one
    cdef bint ending               # it waits for `awaited` to end, which it has cancelled

    stands_for = WAIT_FOR

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "wait_for"

    cdef object begin(self):
        cdef object loop = running_loop()
        cdef Loop own
        cdef Future waiter
        if loop is None:
            raise RuntimeError("no running event loop")
        waiter = new_future(loop)
        self.release = new_release(waiter)
        self.timer = ring_after(loop, self.delay, self.release, ())
        own = spawning_loop()
        if own is not None and is_spawnable(self.awaited):
            self.awaited = spawn(own, self.awaited, None, None)
        elif PyCoro_CheckExact(self.awaited) and isinstance(loop, Loop):
            try:
                self.awaited = loop.create_task(self.awaited)
            except RuntimeError:
                self.awaited.close()
                raise
        else:
            self.awaited = tasks.ensure_future(self.awaited, loop=loop)
        on_done(self.awaited, self.release)
        self.future = waiter

    cdef object wake(self, Future future, object error):
        cdef bint done
        if error is not None and (self.ending or not isinstance(error, _CancelledError)):
            if self.ending:
                self.awaited.remove_done_callback(self.release)
            self.forget()
            return None
        if not self.ending:
            if type(self.awaited) is Task:
                done = (<Task>self.awaited).state != PENDING
            else:
                done = self.awaited.done()
            if not done:
                return self.end_it(error)
            self.stage = RETURNING
            outcome = self.outcome()
            if self.stage == RAISING and error is not None:
                chain(outcome, error)
            return outcome
        self.awaited.remove_done_callback(self.release)
        if self.cancelled is None:
            return self.outcome()
        self.stage = RAISING
        error = self.cancelled
        self.forget()
        return error

    cdef object end_it(self, object error):
        """Cancel what is awaited, and wait for that."""
        cdef Future waiter
        self.cancelled = error
        self.awaited.remove_done_callback(self.release)
        waiter = new_future(running_loop())
        self.release = new_release(waiter)
        on_done(self.awaited, self.release)
        self.ending = True
        try:
            if type(self.awaited) is Task:
                cancel_task(<Task>self.awaited, None, CANCEL_AND_WAIT, None)
            else:
                self.awaited.cancel()
        except BaseException:
            self.awaited.remove_done_callback(self.release)
            self.forget()
            raise
        self.future = waiter

    cdef int forget(self) except -1:
        """It is over."""
        cdef object timer = self.timer
        self.timer = None
        self.release = None
        self.awaited = None
        self.cancelled = None
        if timer is not None:
            disarm(timer)
        return 0

    cdef object outcome(self):
        """The result of what was awaited, or its exception, to be raised."""
        cdef object awaited = self.awaited
        cdef PyObject *result
        cdef object error
        cdef object outcome = None
        self.forget()
        if type(awaited) is Task or type(awaited) is Future:
            result = future_result(<PyObject *>awaited, NULL)
            if result != NULL:
                outcome = <object>result
                Py_DECREF(outcome)
                return outcome
            error = taken()
        else:
            try:
                return awaited.result()
            except BaseException as failure:
                error = failure
        self.stage = RAISING
        if self.ending and isinstance(error, _CancelledError):
            outcome = TimeoutError()
            outcome.__cause__ = outcome.__context__ = error
            return outcome
        return error


@cython.binding(True)
def wait_for(fut, timeout):
    """Wait for a future or coroutine, for no longer than `timeout` seconds; gives its result.

    TimeoutError if it takes longer: it was cancelled then. See asyncio.wait_for.
    """
    cdef Limited limited
    cdef Awaiting awaiting
    if type(timeout) is not float and type(timeout) is not int or not timeout > 0:
        return _asyncios_wait_for(fut, timeout)
    if not PyCoro_CheckExact(fut) and not isinstance(fut, Operation):
        if type(fut) is not Future and type(fut) is not Task:
            return _asyncios_wait_for(fut, timeout)
    if WAIT_FOR_IS_TIMEOUT:
        limited = Limited.__new__(Limited)
        limited.awaited = fut
        limited.delay = timeout
        return limited
    awaiting = Awaiting.__new__(Awaiting)
    awaiting.awaited = fut
    awaiting.delay = timeout
    return awaiting


limited_pool_install(<PooledType *>Limited)
awaiting_pool_install(<PooledType *>Awaiting)
release_pool_install(<PooledType *>Release)
mark_coroutine_function(wait_for)
make_coroutine(<PyTypeObject *>Awaiting)
make_coroutine(<PyTypeObject *>Limited)
tl_add_method(<PyTypeObject *>Limited, &_send_method)
tl_add_method(<PyTypeObject *>Limited, &_throw_method)
tl_set_awaiter(<PyTypeObject *>Limited, limited_send, limited_next)
