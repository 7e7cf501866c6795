"""Operation: what `lock.acquire()`, `loop.sock_recv()` and their like give: a coroutine in C.

Law: owns the stages of a coroutine's life and the way asyncio awaits a future; knows neither who
derives from it nor a loop.

asyncio's methods of these names are coroutine functions. A program may await what they give, make a
task of it, drop it (and is warned that it was never awaited), close it, or throw into it. An
Operation answers all of that. A primitive derives from it and says in `begin` what happens when it
is first awaited and in `wake` what happens after a wait; nothing happens before the first await.

Errors leave through the C API, so that tracebacks show the user's frames and none of ours.

Ownership: `future` owns it; who waits for that is the task, as for any future.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

import collections.abc
import inspect
import warnings
from asyncio import coroutines

from trueloop.kernel.future cimport Future, ended, future_send
from trueloop.kernel.slots cimport (
    METH_FASTCALL, PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PyCFunction, PyMethodDef, PySendResult,
    PyTypeObject, iternextfunc, sendfunc, tl_add_method, tl_set_awaiter, tl_set_finalizer,
)
from trueloop.kernel.throwing cimport thrown

cdef extern from "Python.h":
    PyObject *PyExc_RuntimeError
    void PyErr_SetString(PyObject *, const char *) noexcept

cdef extern from "cpython.h":
    int tl_origin_depth() noexcept
    object tl_origin(int)
    PyObject *tl_take_raised() noexcept
    void tl_raise(PyObject *) noexcept
    void tl_raise_chained(PyObject *) noexcept

cdef extern from *:
    """
    /* What was raised where nobody can get it, in the words that CPython has for its coroutines. */
    static void tl_report_ignored(PyObject *error, const char *what, PyObject *coroutine) {
        Py_INCREF(error);
        tl_raise(error);
    #if PY_VERSION_HEX >= 0x030E0000
        PyErr_FormatUnraisable("Exception ignored while %s %R", what, coroutine);
    #else
        PyErr_WriteUnraisable(coroutine);
    #endif
    }
    """
    void tl_report_ignored(PyObject *, const char *, PyObject *) noexcept


cdef int note_origin(Operation self) except -1:
    """Note who makes it, if Python was told to note that of its own coroutines."""
    cdef int depth = tl_origin_depth()
    self.origin = tl_origin(depth) if depth else None
    return 0


cdef class Operation:
    """A coroutine of trueloop's own."""

    def __cinit__(self):
        note_origin(self)

    cdef object begin(self):
        raise NotImplementedError

    cdef object wake(self, Future future, object error):
        raise NotImplementedError

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    def send(self, value):
        """Resume; StopIteration carries the result. See PEP 342."""
        cdef PyObject *result = NULL
        cdef PySendResult how = operation_send(<PyObject *>self, NULL, &result)  # may raise
        value = <object>result
        Py_DECREF(value)
        if how == PYGEN_RETURN:
            raise StopIteration(value)
        return value

    def close(self):
        """End it, by GeneratorExit at the await; RuntimeError if it goes on nevertheless."""
        if self.stage == FRESH:
            self.stage = OVER
        elif self.stage != OVER:
            try:
                self.throw(GeneratorExit())
            except (GeneratorExit, StopIteration):
                return
            raise RuntimeError("coroutine ignored GeneratorExit")

    # -- what inspect and asyncio's descriptions of a task look at

    @property
    def __name__(self):
        return self.__qualname__.rpartition(".")[2]

    # The code of asyncio's coroutine function that this does the work of.
    stands_for = None

    @property
    def cr_running(self):
        return False

    @property
    def cr_suspended(self):
        return self.stage == UNDER_WAY

    @property
    def cr_await(self):
        return self.future

    @property
    def cr_origin(self):
        return self.origin

    @property
    def is_fresh(self):
        """Whether nobody has awaited it."""
        return self.stage == FRESH

    def __repr__(self):
        return f"<coroutine object {self.__qualname__} at {id(self):#x}>"


# Cython would note in the traceback of an error each function of ours that it passes; called like
# this, it does not look whether there is one.
ctypedef PySendResult (*Quietly)(Operation, object, PyObject **) noexcept
cdef Quietly quietly_go_on = <Quietly><void *>go_on
quietly_send = <sendfunc><void *>operation_send


cdef PySendResult answer(Operation self, object outcome, PyObject **result) noexcept:
    """What a step has come to: the end, an error, a pause, or a future to wait for."""
    if self.future is not None:
        self.stage = UNDER_WAY
        return future_send(<PyObject *>self.future, NULL, result)
    if self.stage == RAISING:
        self.stage = OVER
        tl_raise_chained(<PyObject *>outcome)
        return PYGEN_ERROR
    Py_INCREF(outcome)
    result[0] = <PyObject *>outcome
    if self.stage == PAUSED:
        return PYGEN_NEXT
    self.stage = OVER
    return PYGEN_RETURN


cdef PySendResult operation_send(
    PyObject *op, PyObject *argument, PyObject **result
) except -1:
    """One resumption."""
    cdef Operation self = <Operation>op
    cdef PyObject *value = NULL
    cdef PySendResult how
    cdef char stage = self.stage
    cdef object error
    result[0] = NULL
    if stage == FRESH:
        self.stage = OVER  # unless it waits
        return answer(self, self.begin(), result)
    if stage == OVER:
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine")
        return PYGEN_ERROR
    if stage == PAUSED:
        return quietly_go_on(self, None, result)
    how = future_send(<PyObject *>self.future, NULL, &value)
    if how == PYGEN_NEXT:  # resumed by somebody else: wait on
        result[0] = value
        return how
    if how == PYGEN_RETURN:
        Py_DECREF(<object>value)
        return quietly_go_on(self, None, result)
    value = tl_take_raised()
    error = <object>value
    Py_DECREF(error)
    return quietly_go_on(self, error, result)


cdef PySendResult go_on(Operation self, object error, PyObject **result) except -1:
    """The step after a wait."""
    cdef Future future = self.future
    cdef object outcome
    self.future = None
    self.stage = OVER
    outcome = self.wake(future, error)
    if error is None or self.future is not None or self.stage != OVER:
        return answer(self, outcome, result)
    Py_INCREF(error)
    tl_raise(<PyObject *>error)
    return PYGEN_ERROR


cdef PyObject *operation_next(PyObject *op) except? NULL:
    cdef PyObject *result = NULL
    return ended(result) if quietly_send(op, NULL, &result) == PYGEN_RETURN else result


cdef PyObject *operation_throw(PyObject *op, PyObject **given, Py_ssize_t count) except NULL:
    cdef Operation self = <Operation>op
    cdef PyObject *result = NULL
    cdef PySendResult how
    cdef char stage = self.stage
    cdef object error
    if not count:
        raise TypeError("throw expected at least 1 argument, got 0")
    error = thrown(<object>given[0], tuple([<object>given[i] for i in range(1, count)]))
    if stage == UNDER_WAY or stage == PAUSED:
        how = quietly_go_on(self, error, &result)
        if how != PYGEN_RETURN:
            return result
        outcome = <object>result
        Py_DECREF(outcome)
        raise StopIteration(outcome)
    self.stage = OVER
    if stage == OVER:
        PyErr_SetString(PyExc_RuntimeError, "cannot reuse already awaited coroutine")
        return NULL
    tl_raise_chained(<PyObject *>error)
    return NULL


cdef void operation_finalize(PyObject *op) noexcept:
    """Runs once, when the operation is about to die: it ends, and says if nobody awaited it."""
    cdef Operation self = <Operation>op
    cdef PyObject *raised
    if self.stage == OVER:
        return
    raised = tl_take_raised()
    end(self)
    if raised != NULL:
        tl_raise(raised)


cdef void end(Operation self) noexcept:
    if self.stage == FRESH:
        self.stage = OVER
        try:
            warnings._warn_unawaited_coroutine(self)  # as Python does for its own
        except BaseException as error:
            tl_report_ignored(<PyObject *>error, "finalizing coroutine", <PyObject *>self)
        return
    try:
        self.close()
    except BaseException as error:
        tl_report_ignored(<PyObject *>error, "closing generator", <PyObject *>self)


cdef PyMethodDef _throw_method
_throw_method.ml_name = "throw"
_throw_method.ml_meth = <PyCFunction><void *>operation_throw
_throw_method.ml_flags = METH_FASTCALL
_throw_method.ml_doc = b"Throw an exception in at the await; see PEP 342."


cdef object mark_coroutine_function(object function):
    """Let asyncio and inspect say that a function of ours is one that gives coroutines."""
    if hasattr(coroutines, "_is_coroutine"):
        function._is_coroutine = coroutines._is_coroutine
    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(function)


cdef int make_coroutine(PyTypeObject *type) except -1:
    """Give a class that derives from Operation what Cython does not let classes inherit."""
    tl_set_awaiter(type, <sendfunc><void *>operation_send, <iternextfunc><void *>operation_next)
    tl_set_finalizer(type, operation_finalize)
    return 0


tl_add_method(<PyTypeObject *>Operation, &_throw_method)
make_coroutine(<PyTypeObject *>Operation)
collections.abc.Coroutine.register(Operation)
