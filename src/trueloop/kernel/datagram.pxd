"""The datagram transport: one UDP or Unix datagram socket and its protocol."""

from trueloop.kernel.addresses cimport AddressBook, Known
from trueloop.kernel.transport cimport SocketTransport


cdef class DatagramTransport(SocketTransport):
    cdef public object _address            # the only one that may be sent to; None: any
    cdef public Py_ssize_t max_size        # bytes of a datagram; what is longer is cut off
    cdef int family                        # AF_INET, ...
    cdef bint is_internet                  # that, or AF_INET6: addresses are translated here
    cdef AddressBook book                  # None at first
    cdef bint connected                    # the socket is: it has a peer, and send() is enough

    cdef object queue                      # deque of (bytes, address) to be sent; None at first
    cdef readonly Py_ssize_t _buffer_size  # what these count for
    cdef list arrived                      # bytes, address, bytes, address, ...: received; or None
    cdef Py_ssize_t given                  # how many items of that were handed over

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
