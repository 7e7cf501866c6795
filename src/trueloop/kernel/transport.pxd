"""What the transports of all sockets have in common, whatever goes through them."""

from trueloop.kernel.poller cimport Poller
from trueloop.kernel.ready cimport Job, Ready


cdef class SocketTransport(Job):
    cdef readonly object _loop             # None once the connection is lost
    cdef readonly object _sock             # likewise
    cdef readonly int _sock_fd
    cdef int *descriptor                   # where the socket keeps it; -1 there once it is closed
    cdef readonly object _protocol         # likewise
    cdef readonly bint _protocol_connected
    cdef readonly object _context          # every call of the protocol runs in it
    cdef public dict _extra                # for get_extra_info
    cdef Poller poller
    cdef Ready ready

    cdef readonly Py_ssize_t _high_water
    cdef readonly Py_ssize_t _low_water
    cdef readonly bint _protocol_paused    # pause_writing() was called last

    cdef readonly bint _closing            # close() was called: no more reading
    cdef readonly int _conn_lost           # > 0: connection_lost is scheduled; then counts writes
    cdef bint overdue                      # there was no memory to schedule it: we are queued
    cdef object lost_with                  # to call it ourselves, with this error
    cdef readonly bint _paused             # pause_reading()
    cdef bint _started                     # connection_made was called: events may be looked at
    cdef bint _readable                    # the socket may hold data: an edge was seen, not drained
    cdef bint _waits_to_write              # EPOLLOUT is asked for
    cdef dict __dict__                     # so that methods can be replaced on the instance
    cdef object __weakref__

    # What differs. Bytes that the kernel has not taken yet:
    cdef Py_ssize_t kept(self) noexcept
    # Whether there is anything to be sent, be it empty.
    cdef bint has_kept(self) noexcept
    cdef int drop_kept(self) except -1
    # Whether there may be something to hand over.
    cdef bint may_hand_over(self) noexcept
    # The socket is closed: tell who counts them.
    cdef int leave(self) except -1
    # Call a method of the protocol, or of ours that does, when the socket takes more.
    cdef object in_context(self, object method)

    cdef int open(
        self, object loop, object sock, object protocol, object context, object extra
    ) except -1
    cdef int begin(self, object waiter) except -1
    cdef int run_again(self, unsigned int events) except -1
    cdef int want(self, bint writing) except -1
    cdef int end_close(self) except -1
    cdef int pause_protocol(self) except -1
    cdef int resume_protocol(self) except -1
    cdef int fatal(self, object exc, str message) except -1
    cdef int force_close(self, object exc) except -1
    cdef int lose(self, object exc) except -1
    cdef int end_overdue(self) except -1
