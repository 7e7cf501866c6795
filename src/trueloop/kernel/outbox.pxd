"""What a stream transport has been given to send, and the kernel has not taken yet."""

cimport cython

cdef enum:
    PIECES_AT_ONCE = 64        # of the 1024 that Linux takes (IOV_MAX): 64 cover 1 MiB of 16 KiB


@cython.final
cdef class Outbox:
    cdef list pieces               # bytes objects, the oldest first
    cdef Py_ssize_t begun          # how much of the first of them is gone
    cdef Py_ssize_t size           # bytes in all

    cdef int add(self, object data, Py_ssize_t sent) except -1
    cdef Py_ssize_t send(self, int fd) except -2
    cdef int clear(self) except -1
