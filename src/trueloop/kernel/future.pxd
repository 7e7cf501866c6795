"""Future: a result that is not there yet, and those who wait for it."""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

from trueloop.kernel.ready cimport Ready
from trueloop.kernel.slots cimport PySendResult, visitproc
from trueloop.kernel.waiters cimport Listener

cdef enum State:
    PENDING
    CANCELLED
    FINISHED

# Values of Future._blocking, the native face of _asyncio_future_blocking.
cdef enum Blocking:
    NOT_BLOCKING
    BLOCKING           # somebody yielded the future: resume with throw() if it failed
    AWAITED            # its own awaiter yielded it and will fetch the result itself

cdef class Future:
    cdef object _loop_object       # None only if __init__ was never called
    cdef Ready ready               # of the loop, if that is one of ours; else None
    cdef object _value             # the result; the exception if `failed`
    cdef object _traceback         # the exception's traceback when it was set
    cdef object _message           # what cancel() was given
    cdef object _waiter            # first done-callback; or a waiting Task: no context
    cdef object _waiter_context    # or a Listener: LISTENS
    cdef list _more                # further (callback, context slot), likewise
    cdef object _source            # StackSummary in debug mode, else None
    cdef char state                # a State
    cdef char blocking             # a Blocking
    cdef bint failed               # _value is an exception (CANCELLED: what ended a task)
    cdef bint unread               # failed, and nobody has retrieved the exception
    cdef unsigned char read_count  # how often the exception was retrieved; stops at 3
    cdef dict __dict__
    cdef object __weakref__

    # What any thread may change, changes under the lock (freethreading.h).
    # `what` is what another thread may not do here; None: it may.
    cdef bint begin_end(self, str what) noexcept
    cdef int end(self, State state) except -1
    cdef int add_waiter(self, object callback, object context) except -1
    cdef list waiters(self)
    cdef list waiters_locked(self)
    cdef bint is_heard_by(self, Listener listener) noexcept
    cdef int forget(self, Listener listener) except -1
    cdef int remove_waiters(self, set removed) except -1
    cdef int settle(self, object result) except -1
    cdef int fail(self, object exc) except -1
    cdef bint cancel_now(self, object message) except -1
    cdef object cancelled_error(self)
    cdef object coming_cancellation(self)
    cdef int check_alive(self) except -1
    cdef void note_read(self) noexcept
    cdef void note_call(self) noexcept
    cdef void note_heard(self) noexcept
    cdef int fail_by_news(self, object exc) except -1


# A type in C, derived from Future, that a Task may wait for as for a Future: gather's.
cdef object further_kind

cdef int adopt(type kind) except -1

cdef inline bint is_native(object future) noexcept:
    """Whether its C functions may be called: nobody has overridden a method of its class.

    A Task has functions of its own, which the caller has to look at first.
    """
    return type(future) is Future or type(future) is further_kind

# The StopIteration that brought the last awaited result, and how many steps are under way of tasks
# on loops of ours: the next one that ends empties it.
cdef PyObject *kept_stop
cdef int steps_under_way

cdef extern from "cpython.h":
    bint TL_KEEPS_STOP
    PyObject *tl_stop_iteration(PyObject **, int, PyObject *) noexcept
    void tl_empty_stop(PyObject *) noexcept


cdef inline void begin_step() noexcept:
    global steps_under_way
    if TL_KEEPS_STOP:
        steps_under_way += 1


cdef inline void end_step() noexcept:
    global steps_under_way
    if TL_KEEPS_STOP:
        steps_under_way -= 1
        tl_empty_stop(kept_stop)


cdef inline PyObject *ended(PyObject *result) noexcept:
    """What tp_iternext gives at the end of an await: NULL. Takes the reference of the result."""
    tl_stop_iteration(&kept_stop, steps_under_way, result)
    Py_DECREF(<object>result)
    return NULL


# A future of a loop that is not in debug mode.
cdef inline Future future_on(object loop, Ready ready):
    cdef Future future = Future.__new__(Future)
    future._loop_object = loop
    future.ready = ready
    return future

cdef PySendResult future_send(PyObject *op, PyObject *argument, PyObject **result) noexcept
cdef PyObject *future_next(PyObject *op) noexcept
cdef PyObject *future_result(PyObject *op, PyObject *unused) noexcept
cdef int future_traverse(PyObject *op, visitproc visit, void *arg) noexcept
cdef void future_finalize(PyObject *op) noexcept
cdef object refuse_deletion(str name)
cdef object described(object describe, object future)
