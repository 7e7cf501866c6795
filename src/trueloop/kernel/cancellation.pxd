"""What is known of a cancel() call, and the exceptions that come of it."""

from cpython.object cimport PyObject


cdef class CancelRequest:
    cdef object _site              # code object of the line that asked, or None
    cdef int _site_offset          # and where in that code
    cdef object _caller            # code object that called cancel(), or None
    cdef object _name              # name of the task that asked; None: see _number
    cdef unsigned long _number     # of the task that asked, for its name; 0 if no task did
    cdef double _time_s
    cdef object _message           # what cancel() was given
    cdef object _limit             # of a timeout, what it says of itself; else None


cdef CancelRequest new_request(object name, unsigned long number, object message)

# Let the exception carry the request, unless it carries one already.
cdef void carry(object exception, CancelRequest request) noexcept
