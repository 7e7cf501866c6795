"""The stream transport: one connected TCP or Unix socket and its protocol."""

from libc.stdint cimport uint64_t

from trueloop.kernel.outbox cimport Outbox
from trueloop.kernel.sink cimport Sink
from trueloop.kernel.transport cimport SocketTransport


# What became of an attempt to empty the outbox.
cdef enum Sent:
    FAULT = -1                             # an exception is raised
    SOME                                   # all, or the rest can be tried again soon
    FULL                                   # the socket takes no more now
    FAILED                                 # the connection is lost


cdef class StreamTransport(SocketTransport):
    cdef public object _server             # told when the connection ends; None if there is none
    cdef bint _buffered                    # the protocol is a BufferedProtocol
    cdef Sink sink                         # the protocol, if it is native; else None

    cdef Outbox outbox                     # not taken yet, or held back; None at first
    cdef uint64_t _wrote_in                # the step (by the beat) of the last write
    cdef bint _in_parts                    # there are several writes in one step: hold them back
    cdef readonly object _empty_waiter     # future of sendfile, which waits for the outbox to drain

    cdef readonly bint _eof                # write_eof()
    cdef bint _hung_up                     # the peer sent FIN or worse: read until recv() says so
    cdef bint _read_eof                    # recv() said so

    cdef inline Py_ssize_t unsent(self) noexcept:
        """Bytes that the kernel has not taken yet."""
        return 0 if self.outbox is None else self.outbox.size

    cdef int send(self, object data) except -1
    cdef int read(self) except -1
    cdef int read_bytes(self) except -1
    cdef int read_into_buffer(self) except -1
    cdef int after_read(self, Py_ssize_t n, Py_ssize_t size) except -1
    cdef int read_failed(self, int error) except -1
    cdef int end_of_file(self) except -1

    cdef int add(self, object data, Py_ssize_t sent) except -1
    cdef bint may_send(self) noexcept
    cdef bint hold_back(self, object data) except -1
    cdef Sent send_all(self) except FAULT
    cdef Sent cannot_send(self, object exc) except FAULT
    cdef int keep(self, object data, Py_ssize_t sent) except -1
    cdef int flush(self) except -1
    cdef int drained(self) except -1
