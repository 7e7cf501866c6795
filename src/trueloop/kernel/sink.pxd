"""Sink: a native protocol, which takes what has arrived as it lies in memory."""

cdef class Sink:
    # Take what has arrived: `size` bytes, which are there during this call only. False, and nothing
    # is taken, if it is to come by data_received().
    cdef bint take(self, const char *data, Py_ssize_t size) except -1
