"""What call_soon_threadsafe returns from 3.14 on."""

from trueloop.kernel.handle cimport Handle


cdef class ThreadSafeHandle(Handle):
    cdef unsigned long _runner     # ident of the thread that runs the callback now, or 0

    cdef int wait_for_runner(self, unsigned long me) except -1
