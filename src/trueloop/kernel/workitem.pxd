"""What a thread pool's worker does for a loop."""

cimport cython
from cpython.object cimport PyObject

from trueloop.kernel.future cimport Future
from trueloop.kernel.ready cimport Job, Ready

cdef enum:
    MOST_CALLERS = 8

cdef enum Stage:
    QUEUED
    AT_WORK
    RETURNED       # `outcome` is the result
    RAISED         # `outcome` is an exception
    CALLED_OFF     # the function was not called, and will not be


@cython.final
cdef class WorkItem(Job):
    cdef readonly object function  # what is to be called; None once that is over
    cdef tuple args
    cdef Future awaited            # who wants to know what comes of it; None once that was told
    cdef object outcome
    cdef char stage                # a Stage
    # The frames around the call of run_in_executor(), and the creation site of the task in there.
    cdef PyObject *codes[MOST_CALLERS]     # owned
    cdef int offsets[MOST_CALLERS]
    cdef int caller_count
    cdef object task_site
    cdef int task_site_offset
    cdef object __weakref__

    cdef int work(self) except -1
    cdef int end(self, Stage stage, object outcome) except -1


# Give a call to a thread pool of CPython's own: the future of its outcome. None, and nothing done,
# if that is not what `pool` is, or if it would refuse. `given` is what the caller has named: the
# pool, or None.
cdef object hand_over(
    object loop, Ready ready, object given, object pool, object function, tuple args
)
