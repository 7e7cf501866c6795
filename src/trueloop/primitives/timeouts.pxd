"""Timeout: a limit on the time of some code."""

cdef enum Stage:
    CREATED
    ENTERED
    EXPIRING       # the task was cancelled, and is on its way out
    EXPIRED
    EXITED

cdef class Timeout:
    cdef object deadline           # when, as it was given; None: never
    cdef object handle             # of the loop, while it is armed
    cdef object task               # that has entered it
    cdef object cancelling_before  # its cancelling() when it did
    cdef object delay              # what timeout() was given, in seconds, else None
    cdef object site               # code object of the line that entered it, or None
    cdef int site_offset           # and where in that code
    cdef char stage                # a Stage
    cdef object __weakref__

    cdef int enter(self) except -1
    cdef int set_deadline(self, object when) except -1
    cdef object keep(self, object handle)
    cdef int disarm(self) except -1
    cdef object facts(self)
    cdef int take_back(self, object error) except -1
    # Leave it. The error to raise in place of `error`, which is on its way out (None: nothing is);
    # or None. `code`: asyncio's code that does this.
    cdef object leave(self, object kind, object error, object code)

cdef Timeout new_timeout(object delay)
