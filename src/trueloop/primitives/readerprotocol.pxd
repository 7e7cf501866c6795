"""StreamReaderProtocol: what joins a StreamReader and a StreamWriter to a transport."""

from trueloop.kernel.sink cimport Sink

cdef class StreamReaderProtocol(Sink):
    # asyncio's names: its own code runs on these.
    cdef public object _loop
    cdef public object _stream_reader_wr
    cdef public object _source_traceback
    cdef public object _strong_reader
    cdef public object _stream_writer
    cdef public object _transport
    cdef public object _task
    cdef public object _client_connected_cb
    cdef public object _drain_waiters
    cdef public bint _paused
    cdef public bint _connection_lost
    cdef public bint _reject_connection
    cdef public bint _over_ssl
    cdef object closed             # None if __init__ has failed
    cdef dict __dict__
    # What look() has seen last, and of which state of the type and the object.
    cdef bint foreign              # data_received() was overridden
    cdef bint waits_otherwise      # _drain_helper() was
    cdef unsigned int seen_version
    cdef Py_ssize_t seen_size      # -1: never looked

    cdef int look(self) except -1
    # Whether whoever drains may wait without asking _drain_helper().
    cdef bint drains_natively(self) except -1
