"""StreamReader: what has arrived on a connection, for one who reads it."""

from trueloop.primitives.attributes cimport Attributed
from trueloop.primitives.readbuffer cimport ReadBuffer

cdef class StreamReader(Attributed):
    cdef ReadBuffer buffer
    cdef object given_limit
    cdef Py_ssize_t limit          # -1: `given_limit` is no plain int; then asyncio's code runs
    # asyncio's names; its own code, too, runs on these.
    cdef public object _loop
    cdef public object _waiter     # the future of the one who waits for data; None: nobody does
    cdef public object _exception
    cdef public object _transport
    cdef public object _source_traceback
    cdef public bint _eof
    cdef public bint _paused
    # What look() has seen last, and of which state of the type and the object.
    cdef bint foreign              # what reading consists of was overridden
    cdef bint refuses              # feed_data() was
    cdef unsigned int seen_version
    cdef Py_ssize_t seen_size      # -1: never looked

    cdef bint look(self) except -1
    cdef bint feed(self, const char *data, Py_ssize_t size) except -1
    cdef int wake(self) except -1
    cdef int pause(self) except -1
    cdef int resume(self) except -1

# Whether nothing that reading consists of was overridden.
cdef bint is_native(StreamReader reader) except -1
