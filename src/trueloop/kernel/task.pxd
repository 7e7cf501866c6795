"""Task: a coroutine and the future of its result."""

from cpython.object cimport PyObject

from trueloop.kernel.future cimport Future, PySendResult
from trueloop.kernel.hooks cimport Hooks
from trueloop.kernel.ready cimport Ready


cdef class Task(Future):
    cdef object _coroutine         # kept after the end, as asyncio keeps it
    cdef object _run_context       # slot of the context of every step (context.pxd)
    cdef PyObject *_entered        # borrowed: the Context that a step is in right now, or NULL
    cdef object _name              # str, or None while it is "Task-<number>" and nobody asked
    cdef object _waits_for         # the future it is suspended on, or None
    cdef object _site              # code object that created it, or None
    cdef int _site_offset          # and where in that code
    cdef int _cancels              # cancel() calls not undone by uncancel()
    cdef unsigned long _number
    cdef Py_ssize_t _place         # in hooks.live, or -1
    cdef bint _must_cancel_now     # throw CancelledError at the next step
    cdef bint quiet                # do not log "Task was destroyed but it is pending!"

    cdef int start(self, object coroutine, object name, object context, bint eager) except -1
    cdef int step(self, PyObject *exc, bint entered) except -1
    cdef object enter(self, Hooks hooks)
    cdef int suspend(self, object awaited) except -1
    cdef int suspend_on_foreign(self, object awaited) except -1
    cdef int reschedule(self, object exc) except -1
    cdef int finish(self, PySendResult how, PyObject *result) except -1
    cdef void leave_live(self) noexcept
    cdef object own_context(self)
    cdef object keep_context(self, object context)
    cdef bint wait_for(self, object awaited) noexcept
    cdef object awaited(self)


cdef Task new_task(
    object loop, Ready ready, object coroutine, object name, object context, bint eager
)

# To be called before anything but a step runs: no task is current any more.
cdef void leave_tasks(object loop, Hooks hooks) noexcept
