"""ReadBuffer: bytes that have arrived and that nobody has read yet."""

cdef class ReadBuffer:
    cdef char *block               # owned; NULL while it is not needed
    cdef Py_ssize_t capacity
    cdef Py_ssize_t begin          # where the bytes lie in the block
    cdef Py_ssize_t size
    cdef bytearray shown           # None, or somebody has got hold of it: then the bytes are in it

    cdef Py_ssize_t count(self) noexcept
    cdef int add(self, const char *data, Py_ssize_t size) except -1
    cdef bytes take(self, Py_ssize_t size)
    cdef int drop(self, Py_ssize_t size) except -1
    cdef Py_ssize_t find(self, bytes separator, Py_ssize_t start) noexcept
    cdef bytearray show(self)
    cdef int replace(self, bytearray content) except -1
    cdef int hide(self) except -1
