"""Handle: one callback, its arguments and its context.

Law: knows how to run one callback and where its exception goes (the loop's exception handler), not
when it runs.

Ownership: a handle owns its callback and arguments until it is cancelled. While it runs it holds
further references of its own, because the callback may cancel its own handle, or another thread.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

import asyncio
import sys
from asyncio import format_helpers
from contextvars import copy_context

from trueloop.kernel.context cimport context_of_ones_own, context_to_enter, was_changed
from trueloop.kernel.differences cimport FORMAT_TAKES_DEBUG
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.hooks cimport Hooks, place_of

cdef extern from "cpython.h":
    PyObject *tl_take_raised() noexcept
    void tl_raise(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_UNCOUNTED_POOL(handle_pool, 16384)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void handle_pool_install(PooledType *) noexcept

cdef extern from "Python.h":
    int PyContext_Enter(PyObject *) noexcept
    int PyContext_Exit(PyObject *) noexcept
    PyObject *PyObject_CallOneArg(PyObject *, PyObject *) noexcept

cdef extern from *:
    """
    static inline PyObject *tl_call(PyObject *callback, PyObject *args) {
        return PyObject_Vectorcall(callback, &PyTuple_GET_ITEM(args, 0),
                                   (size_t)PyTuple_GET_SIZE(args), NULL);
    }
    """
    PyObject *tl_call(PyObject *, PyObject *) noexcept

cdef object _Handle = asyncio.Handle


cdef class Handle:
    """What call_soon returns: cancel() keeps the callback from running.

    isinstance(handle, asyncio.Handle) holds.
    """

    def __init__(self, callback, args, loop, context=None):
        fill(self, callback, tuple(args), loop)
        self.context = copy_context() if context is None else context
        if loop.get_debug():
            self._source_traceback = format_helpers.extract_stack(sys._getframe(0))

    @property
    def __class__(self):
        return _Handle if type(self) is Handle else type(self)

    def __reduce_ex__(self, protocol):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    def _repr_info(self):
        info = [type(self).__name__]
        if self._cancelled:
            info.append("cancelled")
        if self._callback is not None:
            info.append(describe_callback(self._callback, self._args, self._loop))
        if self._source_traceback:
            frame = self._source_traceback[-1]
            info.append(f"created at {frame[0]}:{frame[1]}")
        return info

    def __repr__(self):
        if self._repr is not None:
            return self._repr
        return f"<{' '.join(self._repr_info())}>"

    @property
    def _context(self):
        return self.own_context()

    @property
    def created_at(self):
        """(file name, line, function) that scheduled the callback, or None if nobody did."""
        return place_of(self._site, self._site_offset)

    def get_context(self):
        """The contextvars.Context that the callback runs in."""
        return self.own_context()

    cdef object own_context(self):
        """The context; somebody wants to keep it, so it must not be shared any more."""
        cdef object slot
        tl_lock(<PyObject *>self)
        slot = self.context
        tl_unlock(<PyObject *>self)
        return self.keep_context(context_of_ones_own(slot, None))

    cdef object keep_context(self, object context):
        """Run in this context from now on."""
        cdef object _held = self.context
        tl_lock(<PyObject *>self)
        self.context = context
        tl_unlock(<PyObject *>self)
        return context

    def cancel(self):
        """Do not run the callback. Does nothing if it has run or was cancelled before."""
        cdef object _held_callback
        cdef object _held_args
        if self._cancelled:
            return
        self._cancelled = True
        if self._loop is not None and self._loop.get_debug():
            self._repr = repr(self)  # the callback is about to be forgotten
        tl_lock(<PyObject *>self)
        _held_callback = self._callback
        _held_args = self._args
        self._callback = None
        self._args = None
        tl_unlock(<PyObject *>self)

    def cancelled(self):
        """Whether cancel() was called."""
        return bool(self._cancelled)

    def _run(self):
        self.run()

    cdef int run(self) except -1:
        """Call the callback; -1 only for SystemExit and KeyboardInterrupt."""
        return run_handle(self)

    cdef int fail(self, object entered, object callback, object args) except -1:
        """Leave the entered context and take the raised exception to the exception handler."""
        cdef PyObject *raised = tl_take_raised()
        cdef object exc = <object>raised
        Py_DECREF(exc)  # `exc` owns one reference, tl_take_raised gave another
        if entered is not None:
            PyContext_Exit(<PyObject *>entered)
        if isinstance(exc, (SystemExit, KeyboardInterrupt)):
            raise_again(exc)
            return -1
        report = {
            "message": f"Exception in callback {describe_callback(callback, args, self._loop)}",
            "exception": exc,
            "handle": self,
        }
        if self._source_traceback:
            report["source_traceback"] = self._source_traceback
        hooks = getattr(self._loop, "hooks", None)
        if isinstance(hooks, Hooks) and (<Hooks>hooks).callback_failed is not None:
            tell_failure(hooks, self._loop, report)
        self._loop.call_exception_handler(report)
        return 0


cdef int run_handle(Handle self) except -1:
    cdef object context
    cdef object callback
    cdef object args
    cdef PyObject *result
    tl_lock(<PyObject *>self)
    callback = self._callback
    args = self._args
    tl_unlock(<PyObject *>self)
    if self._cancelled:
        return 0
    context = context_to_enter(self.context)
    if PyContext_Enter(<PyObject *>context) < 0:  # entered already: call_soon(context=) misused
        return self.fail(None, callback, args)
    result = tl_call(<PyObject *>callback, <PyObject *>args)
    if was_changed(self.context, context):
        self.keep_context(context_of_ones_own(self.context, context))
    if result == NULL:
        return self.fail(context, callback, args)
    Py_DECREF(<object>result)
    PyContext_Exit(<PyObject *>context)
    return 0


cdef int run_callback(object callback, object argument, object loop, object slot) except -1:
    """Call callback(argument) in a context; -1 only for SystemExit and KeyboardInterrupt."""
    cdef PyObject *result
    cdef Handle handle
    cdef object context = context_to_enter(slot)
    cdef bint entered = PyContext_Enter(<PyObject *>context) == 0
    if entered:
        result = PyObject_CallOneArg(<PyObject *>callback, <PyObject *>argument)
        if was_changed(slot, context):
            slot = context_of_ones_own(slot, context)
        if result != NULL:
            Py_DECREF(<object>result)
            PyContext_Exit(<PyObject *>context)
            return 0
    # Only a failure needs a handle: the exception handler is told of one.
    handle = handle_of(callback, argument, loop, slot)
    return handle.fail(context if entered else None, callback, handle._args)


cdef int fail_callback(object exc, object callback, object argument, object loop) except -1:
    """Take what callback(argument), called in C and in no context, has raised to the handler."""
    cdef Handle handle = Handle.__new__(Handle)
    fill(handle, callback, (argument,), loop)
    handle.context = copy_context()
    Py_INCREF(exc)
    tl_raise(<PyObject *>exc)
    return handle.fail(None, callback, handle._args)


cdef Handle handle_of(object callback, object argument, object loop, object context):
    """A handle made while an exception is raised, which is kept."""
    cdef PyObject *raised = tl_take_raised()
    cdef Handle handle = Handle.__new__(Handle)
    fill(handle, callback, (argument,), loop)
    handle.context = context
    tl_raise(raised)
    return handle


cdef void tell_failure(Hooks hooks, object loop, object report) noexcept:
    hooks.callback_failed(loop, report)


cdef int raise_again(object exc) except -1:
    """Raise an exception as it is, with no traceback entry of ours."""
    Py_INCREF(exc)
    tl_raise(<PyObject *>exc)
    return -1


cdef str describe_callback(object callback, object args, object loop):
    """How asyncio of this Python version writes a callback in its messages."""
    if FORMAT_TAKES_DEBUG:
        return format_helpers._format_callback_source(callback, args, debug=loop.get_debug())
    return format_helpers._format_callback_source(callback, args)
handle_pool_install(<PooledType *>Handle)
