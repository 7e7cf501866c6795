"""What call_soon_threadsafe returns from 3.14 on."""

from libc.stdint cimport uintptr_t

from trueloop.kernel.handle cimport Handle


cdef class ThreadSafeHandle(Handle):
    cdef uintptr_t _runner         # the thread that runs the callback now, or 0

    cdef int wait_for_runner(self, uintptr_t me) except -1
