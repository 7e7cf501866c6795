"""Future: asyncio.Future's semantics on the ready queue.

Law: owns the states of a future and the list of those who wait; knows nothing of tasks beyond
"a waiter whose context is None is a Task of ours, queue it as it is"; a Listener (waiters.pyx) is
asked.

What differs from asyncio.Future, unseen:

* A Task of ours that awaits is stored in the future itself. No bound method, no Handle, no context.
* A future is its own awaiter: `await future` resumes future_send/future_next directly. It marks the
  future AWAITED before it yields it, and the task then resumes with a plain send: the awaiter
  raises the exception at the await, so no throw() is needed. Called from Python, __await__ and
  __iter__ return an iterator like asyncio's, for those who drive awaitables by hand.
* Errors leave through the C API, so that tracebacks show the user's frames and none of ours.

isinstance(future, asyncio.Future) holds by the __class__ property; C code that checks the exact
type is not fooled, which is what keeps that safe (docs/decisions).

Ownership: every object slot owns; `ready` too, so that it may be pushed to even while the garbage
collector takes the loop apart.
"""

from cpython.ref cimport Py_INCREF

import asyncio
import sys
import types
from asyncio import base_futures, format_helpers
from asyncio.exceptions import CancelledError, InvalidStateError

cdef extern from "Python.h":
    object PyContext_CopyCurrent()
    PyObject *PyObject_CallNoArgs(PyObject *) noexcept
    PyObject *PyObject_CallOneArg(PyObject *, PyObject *) noexcept
    void PyErr_SetString(PyObject *, const char *) noexcept
    int PyException_SetTraceback(PyObject *, PyObject *) noexcept

cdef extern from "cpython.h":
    PyObject *tl_running_code() noexcept
    PyObject *tl_take_raised() noexcept
    void tl_raise(PyObject *) noexcept
    void tl_raise_chained(PyObject *) noexcept

cdef extern from *:
    """
    #include "freethreading.h"
    static inline char tl_load_state(const char *state) { return TL_LOAD(*state); }
    static inline void tl_store_state(char *state, char value) { TL_STORE(*state, value); }
    """
    char tl_load_state(const char *) noexcept
    void tl_store_state(char *, char) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(future_pool, 16384)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void future_pool_install(PooledType *) noexcept

from trueloop.kernel.differences cimport (
    REFUSE_SECOND_INIT,
    REPLACE_STOP_ITERATION,
    default_loop,
)
from trueloop.kernel.freethreading cimport tl_lock, tl_unlock
from trueloop.kernel.hooks cimport Hooks, fire, is_plumbing_reader
from trueloop.kernel.slots cimport (
    METH_NOARGS, PYGEN_ERROR, PYGEN_NEXT, PYGEN_RETURN, PyMethodDef, PyTypeObject,
    tl_add_method, tl_instance_dict, tl_set_awaiter, tl_set_finalizer, tl_set_gc, tl_visit,
)
from trueloop.kernel.throwing cimport thrown
from trueloop.kernel.waiters cimport Listener, queue, shown_callback, shown_context

cdef object _Future = asyncio.Future
further_kind = None
cdef object _CancelledError = CancelledError
cdef object _InvalidStateError = InvalidStateError
cdef object _RuntimeError = RuntimeError
cdef tuple STATE_NAMES = ("PENDING", "CANCELLED", "FINISHED")

cdef object _awaited_by = None


def answer_awaited_by(function):
    """Let function(future) -> set of tasks | None say what asyncio's call graph asks."""
    global _awaited_by
    _awaited_by = function


cdef class Future:
    """A result that is not there yet: asyncio.Future, native."""

    def __init__(self, *, loop=None):
        if REFUSE_SECOND_INIT and self._loop_object is not None:
            raise RuntimeError(f"{type(self).__name__} object is already initialized")
        if loop is None:
            loop = default_loop()
        self._loop_object = loop
        kernel = getattr(loop, "ready_queue", None)
        self.ready = kernel if type(kernel) is Ready else None
        if loop.get_debug():
            self._source = format_helpers.extract_stack(sys._getframe(0))

    def __del__(self):
        # Subclasses made in Python get here; for Future itself see tl_set_finalizer below.
        future_finalize(<PyObject *>self)

    __class_getitem__ = classmethod(types.GenericAlias)

    @property
    def __class__(self):
        return _Future if type(self) is Future else type(self)

    # -- what asyncio, anyio and others read of a future's inside

    @property
    def _state(self):
        return STATE_NAMES[self.state]

    @property
    def _loop(self):
        return self._loop_object

    @property
    def _result(self):
        return self._value if self.state == FINISHED and not self.failed else None

    @property
    def _exception(self):
        return self._value if self.state == FINISHED and self.failed else None

    @property
    def _callbacks(self):
        if self._waiter is None:
            return None
        return [
            (shown_callback(who, context), shown_context(who, context))
            for who, context in self.waiters()
        ]

    @property
    def _source_traceback(self):
        return self._source

    @_source_traceback.setter
    def _source_traceback(self, value):
        self._source = value

    @_source_traceback.deleter
    def _source_traceback(self):
        refuse_deletion("_source_traceback")

    @property
    def _cancel_message(self):
        return self._message

    @_cancel_message.setter
    def _cancel_message(self, message):
        cdef object _held
        tl_lock(<PyObject *>self)
        _held = self._message
        self._message = message
        tl_unlock(<PyObject *>self)

    @_cancel_message.deleter
    def _cancel_message(self):
        refuse_deletion("_cancel_message")

    @property
    def _asyncio_future_blocking(self):
        return self.blocking != NOT_BLOCKING

    @_asyncio_future_blocking.setter
    def _asyncio_future_blocking(self, value):
        self.blocking = BLOCKING if value else NOT_BLOCKING

    @_asyncio_future_blocking.deleter
    def _asyncio_future_blocking(self):
        refuse_deletion("_asyncio_future_blocking")

    @property
    def _log_traceback(self):
        return bool(self.unread)

    @_log_traceback.setter
    def _log_traceback(self, value):
        if value:
            raise ValueError("_log_traceback can only be set to False")
        self.note_read()  # a wish for silence counts as having looked

    @_log_traceback.deleter
    def _log_traceback(self):
        refuse_deletion("_log_traceback")

    @property
    def _asyncio_awaited_by(self):
        return None if _awaited_by is None else _awaited_by(self)

    @property
    def reads(self):
        """How many times the exception was retrieved (result, exception, await); stops at 3."""
        return self.read_count

    def __repr__(self):
        return described(base_futures._future_repr, self)

    # -- the public interface

    def get_loop(self):
        """The loop the future belongs to."""
        self.check_alive()
        return self._loop_object

    def done(self):
        """Whether there is a result or an exception, or the future was cancelled."""
        return tl_load_state(&self.state) != PENDING

    def cancelled(self):
        """Whether the future was cancelled."""
        return self.state == CANCELLED

    def exception(self):
        """The exception that was set, or None.

        Raises CancelledError if the future was cancelled, InvalidStateError if it is not done.
        """
        if self.state == CANCELLED:
            raise self.cancelled_error()
        if self.state == PENDING:
            raise InvalidStateError("Exception is not set.")
        self.note_call()
        return self._value if self.failed else None  # which never changes again

    def set_result(self, result):
        """Finish with `result`. Raises InvalidStateError if the future is done."""
        self.check_alive()
        if self.state != PENDING:
            raise InvalidStateError("invalid state")
        self.settle(result)

    def set_exception(self, exception):
        """Finish with `exception`, an instance or a class. InvalidStateError if it is done."""
        self.check_alive()
        if self.state != PENDING:
            raise InvalidStateError("invalid state")
        if isinstance(exception, type):
            exception = exception()
        if not isinstance(exception, BaseException):
            raise TypeError("invalid exception object")
        if isinstance(exception, StopIteration):
            message = (
                "StopIteration interacts badly with generators and cannot be raised into a Future"
            )
            if not REPLACE_STOP_ITERATION:
                raise TypeError(message)
            stop = exception
            exception = RuntimeError(message)
            exception.__cause__ = exception.__context__ = stop
        self.fail(exception)
        if self.ready is not None and self.ready.hooks.future_failed is not None:
            fire(self.ready.hooks.future_failed, self)

    def cancel(self, msg=None):
        """Cancel; False if the future is done already, else True."""
        self.check_alive()
        self.unread = False
        return bool(self.cancel_now(msg))

    def add_done_callback(self, fn, *, context=None):
        """Call fn(future) soon after the future is done, in `context` (a copy of now's)."""
        self.check_alive()
        if self.ready is not None:
            self.ready.note_thread(self, "add_done_callback()")
        if context is not None:
            self.add_waiter(fn, context)
        elif self.ready is not None:
            self.add_waiter(fn, self.ready.context_copy())
        else:
            self.add_waiter(fn, PyContext_CopyCurrent())

    def remove_done_callback(self, fn):
        """Forget every done-callback equal to `fn`; how many there were."""
        cdef list removed = []
        self.check_alive()
        for who, context in self.waiters():
            if shown_callback(who, context) == fn:
                removed.append(who)
        if removed:
            self.remove_waiters({id(who) for who in removed})
        return len(removed)

    cdef bint is_heard_by(self, Listener listener) noexcept:
        """Whether a listener is the last that was added to those who wait."""
        cdef bint found
        tl_lock(<PyObject *>self)
        if self._more is None:
            found = self._waiter is listener
        else:
            found = (<tuple>self._more[-1])[0] is listener
        tl_unlock(<PyObject *>self)
        return found

    cdef int forget(self, Listener listener) except -1:
        """Forget a listener that somebody else owns as well."""
        cdef bint is_among_others
        tl_lock(<PyObject *>self)
        is_among_others = self._more is not None
        if not is_among_others and self._waiter is listener:
            self._waiter = None
            self._waiter_context = None
        tl_unlock(<PyObject *>self)
        return self.remove_waiters({id(listener)}) if is_among_others else 0

    cdef int remove_waiters(self, set removed) except -1:
        """Forget the callbacks with these ids. Comparing them has called user code: look again."""
        cdef list kept
        cdef tuple first = (None, None)
        cdef list more = None
        tl_lock(<PyObject *>self)
        try:
            all_waiters = self.waiters_locked()  # still holds what is forgotten
            kept = [one for one in all_waiters if id(one[0]) not in removed]
            if kept:
                first = kept[0]
                more = kept[1:] or None
            self._waiter, self._waiter_context = first
            self._more, more = more, self._more
        finally:
            tl_unlock(<PyObject *>self)
        return 0

    cdef list waiters(self):
        """(callback, context slot) of all who wait, in order."""
        tl_lock(<PyObject *>self)
        try:
            return self.waiters_locked()
        finally:
            tl_unlock(<PyObject *>self)

    cdef list waiters_locked(self):
        if self._waiter is None:
            return []
        first = (self._waiter, self._waiter_context)
        return [first] if self._more is None else [first, *self._more]

    def __iter__(self):
        self.check_alive()
        return FutureIterator.__new__(FutureIterator, self)

    def __await__(self):
        self.check_alive()
        return FutureIterator.__new__(FutureIterator, self)

    def _make_cancelled_error(self):
        return self.cancelled_error()

    # -- state changes: every change of `state` is between begin_end() and end()

    cdef int settle(self, object result) except -1:
        """PENDING -> FINISHED with a result; InvalidStateError if the future is done."""
        if not self.begin_end("set_result()"):
            raise InvalidStateError("invalid state")
        self._value = result
        return self.end(FINISHED)

    cdef int fail(self, object exc) except -1:
        """PENDING -> FINISHED with an exception; InvalidStateError if the future is done."""
        cdef object traceback = exc.__traceback__
        if not self.begin_end("set_exception()"):
            raise InvalidStateError("invalid state")
        self._value = exc
        self._traceback = traceback
        self.failed = True
        self.unread = True
        return self.end(FINISHED)

    cdef bint cancel_now(self, object message) except -1:
        """PENDING -> CANCELLED; 0 if the future is done."""
        cdef object _held
        if not self.begin_end("cancel()"):
            return 0
        _held = self._message
        self._message = message
        self.end(CANCELLED)
        return 1

    cdef bint begin_end(self, str what) noexcept:
        """Lock a pending future, for end() to unlock; False, and nothing locked, if it is done."""
        if what is not None and self.ready is not None and self.state == PENDING:
            self.ready.note_thread(self, what)
        tl_lock(<PyObject *>self)
        if self.state != PENDING:
            tl_unlock(<PyObject *>self)
            return False
        return True

    cdef int end(self, State state) except -1:
        """The future is done: queue all waiters, in the order in which they came."""
        cdef object who = self._waiter
        cdef object context = self._waiter_context
        cdef list more = self._more
        cdef Ready ready = self.ready
        if who is not None:
            self._waiter = None
            self._waiter_context = None
            self._more = None
        tl_store_state(&self.state, state)
        tl_unlock(<PyObject *>self)
        if who is None:
            return 0
        if ready is not None:
            queue(ready, who, context, self)
            if more is not None:
                for who, context in more:
                    queue(ready, who, context, self)
            return 0
        call_soon = self._loop_object.call_soon
        call_soon(who, self, context=context)
        if more is not None:
            for who, context in more:
                call_soon(who, self, context=context)
        return 0

    cdef int add_waiter(self, object callback, object context) except -1:
        """Add a done-callback; or a Task of ours, then `context` is None."""
        cdef tuple waiter
        tl_lock(<PyObject *>self)
        if self.state != PENDING:
            tl_unlock(<PyObject *>self)
            if self.ready is not None:
                return queue(self.ready, callback, context, self)
            self._loop_object.call_soon(callback, self, context=context)
            return 0
        if self._waiter is None:
            self._waiter = callback
            self._waiter_context = context
            tl_unlock(<PyObject *>self)
            return 0
        try:
            waiter = (callback, context)
            if self._more is None:
                self._more = []
            self._more.append(waiter)
        finally:
            tl_unlock(<PyObject *>self)
        return 0

    # -- results

    cdef object cancelled_error(self):
        """The CancelledError to raise; the one that ended a task is raised only once."""
        cdef object exc = None
        cdef object message
        tl_lock(<PyObject *>self)
        if self.state == CANCELLED and self.failed:
            exc = self._value
            self._value = None
            self.failed = False
        message = self._message
        tl_unlock(<PyObject *>self)
        if exc is not None:
            return exc
        return CancelledError() if message is None else CancelledError(message)

    cdef object coming_cancellation(self):
        """The CancelledError that the next await will raise; None if it will raise none."""
        cdef object exc
        if self.state == CANCELLED:
            exc = self.cancelled_error()
            tl_lock(<PyObject *>self)
            self._value = exc  # as a task keeps the one that has ended it
            self.failed = True
            tl_unlock(<PyObject *>self)
            return exc
        if self.state == FINISHED and self.failed and isinstance(self._value, _CancelledError):
            return self._value
        return None

    cdef void note_read(self) noexcept:
        self.unread = False
        if self.failed and self.read_count < 3:
            self.read_count += 1

    cdef void note_call(self) noexcept:
        """result() or exception() was called: by the program, or by asyncio's own plumbing?

        gather(), for one, looks at a second failure only to drop it. asyncio then believes it read.
        """
        cdef Hooks hooks
        if self.failed and self.ready is not None:
            hooks = self.ready.hooks
            if hooks.read_by_plumbing is not None and is_plumbing_reader(tl_running_code()):
                self.unread = False
                if not hooks.read_by_plumbing(self):
                    return
        self.note_read()

    cdef void note_heard(self) noexcept:
        """A Listener has looked at the exception, in place of asyncio's plumbing."""
        cdef Hooks hooks
        if self.failed and self.ready is not None:
            hooks = self.ready.hooks
            if hooks.read_by_plumbing is not None:
                self.unread = False
                if not hooks.read_by_plumbing(self):
                    return
        self.note_read()

    cdef int fail_by_news(self, object exc) except -1:
        """set_exception() by a Listener."""
        self.fail(exc)
        if self.ready is not None and self.ready.hooks.future_failed is not None:
            fire(self.ready.hooks.future_failed, self)
        return 0

    cdef int check_alive(self) except -1:
        if self._loop_object is None:
            raise RuntimeError("Future object is not initialized.")
        return 0


cdef object described(object describe, object future):
    """describe(future), which looks at _callbacks twice: another thread may empty it in between."""
    try:
        return describe(future)
    except TypeError:
        return describe(future)


cdef object refuse_deletion(str name):
    """Cython's own answer would be NotImplementedError; asyncio's is AttributeError."""
    raise AttributeError(f"attribute {name!r} cannot be deleted")


cdef int adopt(type kind) except -1:
    """Let `kind`, derived in C, be what Task takes for a future of ours besides Future itself."""
    global further_kind
    further_kind = kind
    return 0


cdef void raise_cancelled(Future self) noexcept:
    try:
        exc = self.cancelled_error()
    except MemoryError as error:
        exc = error
    tl_raise_chained(<PyObject *>exc)


cdef PyObject *fetch(Future self) noexcept:
    """The result of a finished future (a new reference), or its exception raised and NULL."""
    if tl_load_state(&self.state) == CANCELLED:
        raise_cancelled(self)
        return NULL
    if not self.failed:
        Py_INCREF(self._value)
        return <PyObject *>self._value
    PyException_SetTraceback(<PyObject *>self._value, <PyObject *>self._traceback)
    tl_raise_chained(<PyObject *>self._value)
    return NULL


cdef PyObject *future_result(PyObject *op, PyObject *unused) noexcept:
    if tl_load_state(&(<Future>op).state) == PENDING:
        PyErr_SetString(<PyObject *>_InvalidStateError, "Result is not ready.")
        return NULL
    if (<Future>op).state == FINISHED:
        (<Future>op).note_call()
    return fetch(<Future>op)


cdef PySendResult future_send(PyObject *op, PyObject *argument, PyObject **result) noexcept:
    """One resumption of `await future`."""
    cdef Future self = <Future>op
    if tl_load_state(&self.state) != PENDING:
        if self.failed and self.state == FINISHED:
            self.note_read()
        result[0] = fetch(self)
        return PYGEN_ERROR if result[0] == NULL else PYGEN_RETURN
    if self.blocking:
        result[0] = NULL
        PyErr_SetString(<PyObject *>_RuntimeError, "await wasn't used with future")
        return PYGEN_ERROR
    self.blocking = AWAITED
    Py_INCREF(self)
    result[0] = op
    return PYGEN_NEXT


cdef PyObject *future_next(PyObject *op) noexcept:
    cdef PyObject *result = NULL
    return ended(result) if future_send(op, NULL, &result) == PYGEN_RETURN else result


cdef class FutureIterator:
    """What iter(future) and future.__await__() give to Python code that drives it by hand."""

    cdef Future _future            # None once exhausted

    def __cinit__(self, Future future):
        self._future = future

    def __iter__(self):
        return self

    def __next__(self):
        cdef Future future = self._future
        if future is None:
            raise StopIteration
        if future.state == PENDING:
            if future.blocking:
                raise RuntimeError("await wasn't used with future")
            future.blocking = BLOCKING
            return future
        self._future = None
        raise StopIteration(future.result())

    def send(self, value):
        return self.__next__()

    def throw(self, what, *more):
        exc = thrown(what, more)
        self._future = None
        raise exc

    def close(self):
        self._future = None


cdef int future_traverse(PyObject *op, visitproc visit, void *arg) noexcept:
    """What Cython would generate, but it does not visit None."""
    return (
        tl_visit(<PyObject *>(<Future>op)._loop_object, visit, arg)
        or tl_visit(<PyObject *>(<Future>op).ready, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._value, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._traceback, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._message, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._waiter, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._waiter_context, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._more, visit, arg)
        or tl_visit(<PyObject *>(<Future>op)._source, visit, arg)
        or tl_visit(tl_instance_dict(op), visit, arg)
    )


cdef void future_finalize(PyObject *op) noexcept:
    """Runs once, when the future is about to die: an exception nobody read is reported."""
    cdef Future self = <Future>op
    cdef PyObject *raised
    if not self.unread and (not self.failed or self.read_count or self.state == CANCELLED):
        return
    raised = tl_take_raised()
    report_unread(self)
    if raised != NULL:
        tl_raise(raised)


cdef void report_unread(Future self) noexcept:
    if self.ready is not None and self.read_count == 0:
        if self.ready.hooks.exception_lost is not None:
            tell_lost(self)
    if not self.unread:
        return
    self.unread = False
    report = {
        "message": f"{self.__class__.__name__} exception was never retrieved",
        "exception": self._value,
        "future": self,
    }
    if self._source:
        report["source_traceback"] = self._source
    self._loop_object.call_exception_handler(report)


cdef void tell_lost(Future self) noexcept:
    self.ready.hooks.exception_lost(self)


# result() is the one method that raises the user's own exception: as a plain C method it leaves no
# entry of ours in the traceback.
cdef PyMethodDef _result_method
_result_method.ml_name = "result"
_result_method.ml_meth = future_result
_result_method.ml_flags = METH_NOARGS
_result_method.ml_doc = (
    b"The result; raises the exception that was set, CancelledError if the future was cancelled, "
    b"InvalidStateError if it is not done."
)

tl_add_method(<PyTypeObject *>Future, &_result_method)
tl_set_awaiter(<PyTypeObject *>Future, future_send, future_next)
tl_set_finalizer(<PyTypeObject *>Future, future_finalize)
tl_set_gc(<PyTypeObject *>Future, future_traverse, (<PyTypeObject *>Future).tp_clear)
future_pool_install(<PooledType *>Future)
