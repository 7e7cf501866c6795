"""Task: a coroutine and the future of its result."""

from cpython.object cimport PyObject

from trueloop.kernel.future cimport is_native
from trueloop.kernel.hooks cimport Hooks
from trueloop.kernel.ready cimport Ready
from trueloop.kernel.slots cimport PySendResult
from trueloop.kernel.taskface cimport TaskFace


cdef class Task(TaskFace):
    cdef int start(self, object coroutine, object name, object context, bint eager) except -1
    cdef int step(self, PyObject *exc, bint entered) except -1
    cdef object enter(self, Hooks hooks)
    cdef int suspend(self, object awaited) except -1
    cdef int suspend_on_foreign(self, object awaited) except -1
    cdef int reschedule(self, object exc) except -1
    cdef int go_on(self, PySendResult how, PyObject *result) except -1
    cdef int finish(self, PySendResult how, PyObject *result) except -1


cdef inline bint is_ours(object future) noexcept:
    """Whether it is a future or a task of ours, of no subclass: what it does is known."""
    return is_native(future) or type(future) is Task


cdef Task new_task(
    object loop, Ready ready, object coroutine, object name, object context, bint eager
)
# `code`: asyncio's code that asks, if native code stands in for it. `limit`: of a timeout.
cdef bint cancel_task(Task self, object message, object code, object limit) except -1
