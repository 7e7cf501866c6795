"""The datagram transport: one UDP or Unix datagram socket and its protocol."""

from trueloop.kernel.addresses cimport AddressBook, Known
from trueloop.kernel.poller cimport Poller
from trueloop.kernel.ready cimport Job, Ready


cdef class DatagramTransport(Job):
    cdef readonly object _loop             # None once the connection is lost
    cdef readonly object _sock             # likewise
    cdef readonly int _sock_fd
    cdef readonly object _protocol         # likewise
    cdef readonly bint _protocol_connected
    cdef readonly object _context          # every call of the protocol runs in it
    cdef public dict _extra                # for get_extra_info
    cdef public object _address            # the only one that may be sent to; None: any
    cdef Poller poller
    cdef Ready ready
    cdef public Py_ssize_t max_size        # bytes of a datagram; what is longer is cut off
    cdef int family                        # AF_INET, ...
    cdef bint is_internet                  # that, or AF_INET6: addresses are translated here
    cdef AddressBook book                  # None at first
    cdef bint connected                    # the socket is: it has a peer, and send() is enough

    cdef object queue                      # deque of (bytes, address) to be sent; None at first
    cdef readonly Py_ssize_t _buffer_size  # what these count for
    cdef readonly Py_ssize_t _high_water
    cdef readonly Py_ssize_t _low_water
    cdef readonly bint _protocol_paused    # pause_writing() was called last

    cdef readonly bint _closing            # close() was called: no more reading
    cdef readonly int _conn_lost           # > 0: connection_lost is scheduled; then counts sends
    cdef readonly bint _paused             # pause_reading()
    cdef bint _started                     # connection_made was called
    cdef bint _readable                    # there may be datagrams: an edge was seen, not drained
    cdef list arrived                      # bytes, address, bytes, address, ...: received; or None
    cdef Py_ssize_t given                  # how many items of that were handed over
    cdef bint _waits_to_write              # EPOLLOUT is asked for
    cdef dict __dict__                     # so that methods can be replaced on the instance
    cdef object __weakref__

    cdef int run_again(self, unsigned int events) except -1
    cdef int read(self) except -1
    cdef int receive(self) except -1
    cdef object sender(self, int i)
    cdef object datagram(self, int i)
    cdef int hand_over_arrived(self) except -1
    cdef int hand_over(self, object data, object address) except -1
    cdef int receive_failed(self, int error) except -1
    cdef int receive_by_method(self) except -1
    cdef int send(self, object data, object address) except -1
    cdef object send_now(self, object data, object address)
    cdef ssize_t send_raw(self, const void *data, Py_ssize_t size, const Known *known) noexcept
    cdef object send_by_method(self, object data, object address)
    cdef int send_failed(self, object exc) except -1
    cdef int flush(self) except -1
    cdef int drained(self) except -1
    cdef int want(self, bint writing) except -1
    cdef int pause_protocol(self) except -1
    cdef int resume_protocol(self) except -1
    cdef int fatal(self, object exc, str message) except -1
    cdef int force_close(self, object exc) except -1
    cdef int lose(self, object exc) except -1
