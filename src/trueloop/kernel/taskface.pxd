"""What a task shows of itself: its slots."""

from cpython.object cimport PyObject

from trueloop.kernel.cancellation cimport CancelRequest
from trueloop.kernel.future cimport Future


cdef class TaskFace(Future):
    cdef object _coroutine         # kept after the end, as asyncio keeps it
    cdef object _run_context       # slot of the context of every step (context.pxd)
    cdef PyObject *_entered        # borrowed: the Context that a step is in right now, or NULL
    cdef object _name              # str, or None while it is "Task-<number>" and nobody asked
    cdef object _waits_for         # the future it is suspended on, or None
    cdef object _site              # code object that created it, or None
    cdef int _site_offset          # and where in that code
    cdef CancelRequest _request    # the last cancel() call, or None
    cdef int _cancels              # cancel() calls not undone by uncancel()
    cdef unsigned long _number
    cdef Py_ssize_t _place         # in hooks.live, or -1
    cdef bint _must_cancel_now     # throw CancelledError at the next step
    cdef bint _asked               # cancel() was called since the last step
    cdef bint quiet                # do not log "Task was destroyed but it is pending!"

    cdef object own_context(self)
    cdef object keep_context(self, object context)
    cdef bint wait_for(self, object awaited) noexcept
    cdef object awaited(self)
    cdef void leave_live(self) noexcept
