"""sleep: asyncio's, native.

Law: a timer and a future. How a loop is told of a timer is in alarms.pyx.

sleep(0) is a pause: the task is queued again, behind all that is ready. Any other is a future that
a timer of the loop settles; whoever leaves earlier disarms the timer at once.

Ownership: the operation owns both; the timer owns the future and the result.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF, Py_XDECREF

from trueloop.kernel.differences cimport SLEEP_REFUSES_NAN
from trueloop.kernel.future cimport PENDING, Future, ended
from trueloop.kernel.runningloop cimport running_loop
from trueloop.kernel.slots cimport (
    PYGEN_NEXT, PYGEN_RETURN, PySendResult, PyTypeObject, destructor, tl_set_awaiter,
)
from trueloop.primitives.alarms cimport disarm, ring_after
from trueloop.primitives.operation cimport (
    FRESH, OVER, PAUSED,
    Operation, make_coroutine, mark_coroutine_function, new_future, quietly_send,
)

import math
from asyncio import tasks

cdef extern from "Python.h":
    int PyObject_CallFinalizerFromDealloc(PyObject *) noexcept
    void PyObject_GC_UnTrack(PyObject *) noexcept

cdef extern from *:
    """
    static inline int tl_has_weak_references(PyObject *op) {
        return *(PyObject **)((char *)op + Py_TYPE(op)->tp_weaklistoffset) != NULL;
    }
    """
    bint tl_has_weak_references(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_POOL(sleep_pool, 4096)
    """
    ctypedef struct PooledType "PyTypeObject":
        pass
    void sleep_pool_install(PooledType *) noexcept


def _set_result_unless_cancelled(Future fut not None, result):
    """A sleep's timer is due. Not a method of anything that the loop would keep alive."""
    if fut.state == PENDING:
        fut.settle(result)


cdef object _settle = _set_result_unless_cancelled


@cython.final
cdef class Sleep(Operation):
    cdef object delay
    cdef object result
    cdef object timer              # of the loop; None before it is armed

    stands_for = tasks.sleep.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "sleep"

    cdef object begin(self):
        if type(self.delay) is float and <double>self.delay > 0:
            return self.arm()
        if self.delay <= 0:
            self.stage = PAUSED
            return None
        if SLEEP_REFUSES_NAN and math.isnan(self.delay):
            raise ValueError("Invalid delay: NaN (not a number)")
        return self.arm()

    cdef object arm(self):
        cdef object loop = running_loop()
        cdef Future future
        if loop is None:
            raise RuntimeError("no running event loop")
        future = new_future(loop)
        self.timer = ring_after(loop, self.delay, _settle, (future, self.result))
        self.future = future

    cdef object wake(self, Future future, object error):
        cdef object timer = self.timer
        if future is None:
            return self.result
        self.timer = None
        disarm(timer)
        return future._value


@cython.binding(True)
def sleep(delay, result=None):
    """Wait for `delay` seconds; gives `result`. See asyncio.sleep."""
    cdef Sleep operation = Sleep.__new__(Sleep)
    operation.delay = delay
    operation.result = result
    return operation


# sleep(0) is over in two steps, and there is no cheaper suspension: it gets functions of its own.

cdef object ZERO = 0

cdef PySendResult sleep_send(PyObject *op, PyObject *argument, PyObject **result) noexcept:
    cdef Sleep self = <Sleep>op
    if self.stage == PAUSED:
        self.stage = OVER
        Py_INCREF(self.result)
        result[0] = <PyObject *>self.result
        return PYGEN_RETURN
    if self.stage == FRESH and self.delay is ZERO:
        self.stage = PAUSED
        Py_INCREF(None)
        result[0] = <PyObject *>None
        return PYGEN_NEXT
    return quietly_send(op, argument, result)


cdef PyObject *sleep_next(PyObject *op) noexcept:
    cdef PyObject *result = NULL
    return ended(result) if sleep_send(op, NULL, &result) == PYGEN_RETURN else result


cdef destructor dealloc_at_length = NULL


cdef void sleep_dealloc(PyObject *op) noexcept:
    """Without the questions that only one who was left half-way has to be asked.

    No reference to `op` may be taken here: it has none any more.
    """
    # Cython's tp_dealloc finalizes only where it is the type's.
    if (<Sleep>op).stage != OVER and PyObject_CallFinalizerFromDealloc(op) < 0:
        return
    if (<Sleep>op).stage != OVER or (<Sleep>op).result is not None or tl_has_weak_references(op):
        dealloc_at_length(op)
        return
    PyObject_GC_UnTrack(op)
    Py_XDECREF(<PyObject *>(<Sleep>op).delay)
    Py_XDECREF(<PyObject *>(<Sleep>op).result)
    Py_XDECREF(<PyObject *>(<Sleep>op).timer)
    Py_XDECREF(<PyObject *>(<Sleep>op).future)
    Py_XDECREF(<PyObject *>(<Sleep>op).origin)
    (<PyTypeObject *>Sleep).tp_free(op)


mark_coroutine_function(sleep)
sleep_pool_install(<PooledType *>Sleep)
dealloc_at_length = (<PyTypeObject *>Sleep).tp_dealloc
(<PyTypeObject *>Sleep).tp_dealloc = sleep_dealloc
make_coroutine(<PyTypeObject *>Sleep)
tl_set_awaiter(<PyTypeObject *>Sleep, sleep_send, sleep_next)
