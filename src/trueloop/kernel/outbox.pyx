"""Outbox: bytes that wait for the kernel to take them.

Law: keeps pieces in order and sends as many at once as it can; knows neither protocol nor poller.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.string cimport memset

cdef extern from "socketcalls.h" nogil:
    struct iovec:
        void *iov_base
        size_t iov_len
    struct msghdr:
        iovec *msg_iov
        size_t msg_iovlen
    ssize_t tl_sendmsg(int, const msghdr *)


@cython.final
cdef class Outbox:
    """What one socket has still to send."""

    def __cinit__(self):
        self.pieces = []

    cdef int add(self, object data, Py_ssize_t sent) except -1:
        """Take what is left of `data`."""
        if type(data) is bytes:
            if not self.pieces:
                self.begun = sent
            elif sent:
                data = data[sent:]
        else:  # the caller may change it: copy
            data = bytes(memoryview(data).cast("B")[sent:])
            sent = 0
            if not self.pieces:
                self.begun = 0
        self.pieces.append(data)
        self.size += PyBytes_GET_SIZE(data) - sent
        return 0

    cdef Py_ssize_t send(self, int fd) except -2:
        """One sendmsg() of the oldest pieces: how many bytes; -1 with errno set if it fails."""
        cdef iovec vector[PIECES_AT_ONCE]
        cdef msghdr message
        cdef Py_ssize_t n
        cdef Py_ssize_t left
        cdef Py_ssize_t size
        cdef Py_ssize_t gone = 0
        cdef int count = 0
        for piece in self.pieces:
            vector[count].iov_base = PyBytes_AS_STRING(piece)
            vector[count].iov_len = PyBytes_GET_SIZE(piece)
            count += 1
            if count == PIECES_AT_ONCE:
                break
        vector[0].iov_base = <char *>vector[0].iov_base + self.begun
        vector[0].iov_len -= self.begun
        memset(&message, 0, sizeof(message))
        message.msg_iov = vector
        message.msg_iovlen = count
        n = tl_sendmsg(fd, &message)
        if n < 0:
            return -1
        left = n
        while left:
            size = <Py_ssize_t>vector[gone].iov_len
            if left < size:
                self.begun = left + (self.begun if gone == 0 else 0)
                break
            left -= size
            gone += 1
            if left == 0:
                self.begun = 0
        del self.pieces[:gone]
        self.size -= n
        return n

    cdef int clear(self) except -1:
        """Forget everything."""
        self.pieces.clear()
        self.size = 0
        return 0
