"""The socket calls of a loop, native: sock_recv(), sock_sendall() and their like.

Law: one system call, made when the operation is awaited, and made again each time the poller says
that it will not be in vain. Knows no protocol, and keeps nothing about a socket between two calls:
the program may close it, and what its number means then, the next call sees for itself.

asyncio does the work in a callback and hands the result over to the task, which runs one pass
later. Here the poller finishes a future and the task makes the call itself: a pass less, and
nothing has been received that a cancelled task would lose.

On a socket.socket as the library made it, which does not block, the system call is made here.
Everything else (a subclass, a mock, one that blocks, arguments that are wrong) goes through the
method of the socket, which knows what to say.

Ownership: the operation owns its future, and so does the poller until the descriptor is ready. Who
is cancelled meanwhile takes it away from there.
"""

cimport cython
from cpython.buffer cimport (
    PyBUF_SIMPLE,
    PyBUF_WRITABLE,
    Py_buffer,
    PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from libc.errno cimport EAGAIN, EINTR, errno

import _socket
import os
import socket
import sys
from asyncio import base_events, selector_events

from trueloop.kernel.future cimport Future, future_on
from trueloop.kernel.loop cimport Loop
from trueloop.kernel.operation cimport (
    RAISING,
    Operation,
    make_coroutine,
    mark_coroutine_function,
)
from trueloop.kernel.slots cimport PyTypeObject

cdef extern from "socketcalls.h" nogil:
    ssize_t tl_recv(int, void *, size_t)
    ssize_t tl_send(int, const void *, size_t)

cdef extern from "socketcalls.h":
    object tl_received_bytes(const char *, Py_ssize_t)

cdef extern from *:
    """
    #include "freethreading.h"
    static TL_THREAD_LOCAL char tl_received[256 * 1024];

    static inline unsigned int tl_version_of(PyObject *type) {
        return ((PyTypeObject *)type)->tp_version_tag;
    }
    """
    char *received "tl_received"
    unsigned int type_version "tl_version_of"(object) noexcept

cdef extern from "Python.h":
    object PyObject_CallMethodNoArgs(object, object)

cdef enum:
    RECEIVE_SIZE = 256 * 1024  # at most in one call of ours

cdef object Socket = socket.socket
cdef object Asyncio = selector_events.BaseSelectorEventLoop
cdef str fileno = sys.intern("fileno")
cdef str gettimeout = sys.intern("gettimeout")

# ---- which sockets are the library's own

cdef tuple REPLACED_BY_US = ("fileno", "gettimeout", "recv", "recv_into", "send")
cdef unsigned int plain_version = 0    # of socket.socket, when nobody had replaced a method


cdef inline bint is_plain(object sock) except -1:
    return type(sock) is Socket and (
        (plain_version != 0 and type_version(Socket) == plain_version) or look_again()
    )


cdef bint look_again() except -1:
    """Whether the methods that are not called here are still those of the library."""
    global plain_version
    for name in REPLACED_BY_US:
        if getattr(Socket, name) is not getattr(_socket.socket, name):
            return False
    plain_version = type_version(Socket)
    return True


# ---- what all have in common

cdef class SocketCall(Operation):
    cdef Loop loop
    cdef object sock
    cdef int fd                    # when it was looked at last
    cdef bint plain                # the system call can be made here
    cdef bint writing              # what it waits for

    @property
    def __qualname__(self):
        return self.stands_for.co_qualname

    cdef object begin(self):
        cdef object timeout
        self.plain = is_plain(self.sock)
        if not self.plain:
            base_events._check_ssl_socket(self.sock)
            if self.loop._debug and self.sock.gettimeout() != 0:
                raise ValueError("the socket must be non-blocking")
            return self.attempt()
        timeout = PyObject_CallMethodNoArgs(self.sock, gettimeout)
        if timeout is None or <double>timeout != 0:
            if self.loop._debug:
                raise ValueError("the socket must be non-blocking")
            self.plain = False
        return self.attempt()

    cdef object wake(self, Future future, object error):
        if error is None:
            return self.attempt()
        self.loop.poller.forget(self.fd, future, self.writing)

    cdef object attempt(self):
        """Make the call: its result, unless it has to wait() or fail()."""
        raise NotImplementedError

    cdef int number(self) except -2:
        """The socket's file descriptor; -1 if it is closed."""
        self.fd = PyObject_CallMethodNoArgs(self.sock, fileno)
        return self.fd

    cdef object wait(self):
        """Wait until the call can be made again."""
        cdef Loop loop = self.loop
        cdef Future future
        cdef object transports = loop._transports.data
        future = Future(loop=loop) if loop._debug else future_on(loop, loop.ready_queue)
        if transports and self.fd in transports:
            loop._ensure_fd_no_transport(self.fd)
        loop.ready_queue.check_thread(loop, self.__name__ + "()")
        loop.poller.add(self.fd, future, self.writing)
        self.future = future

    cdef object stopped(self, int error):
        """The call made here has failed: wait, or raise."""
        if error == EAGAIN or error == EINTR:
            return self.wait()
        self.stage = RAISING
        return OSError(error, os.strerror(error))

    cdef object by_method(self, str name, tuple arguments):
        """Call the socket's own method."""
        try:
            return getattr(self.sock, name)(*arguments)
        except (BlockingIOError, InterruptedError):
            self.number()
        return self.wait()


# ---- receiving

@cython.final
cdef class Receive(SocketCall):
    cdef object n

    stands_for = Asyncio.sock_recv.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    cdef object attempt(self):
        cdef Py_ssize_t n
        if not self.plain or type(self.n) is not int or not 0 < self.n <= RECEIVE_SIZE:
            return self.by_method("recv", (self.n,))
        n = tl_recv(self.number(), received, self.n)
        return tl_received_bytes(received, n) if n >= 0 else self.stopped(errno)


@cython.final
cdef class ReceiveInto(SocketCall):
    cdef object buffer

    stands_for = Asyncio.sock_recv_into.__code__

    def __await__(self):  # likewise
        return self

    cdef object attempt(self):
        cdef Py_buffer view
        cdef Py_ssize_t n
        cdef int error
        try:
            PyObject_GetBuffer(self.buffer, &view, PyBUF_WRITABLE)
        except (TypeError, BufferError):
            return self.by_method("recv_into", (self.buffer,))
        if not self.plain or view.len == 0:
            PyBuffer_Release(&view)
            return self.by_method("recv_into", (self.buffer,))
        n = tl_recv(self.number(), view.buf, view.len)
        error = errno
        PyBuffer_Release(&view)
        return n if n >= 0 else self.stopped(error)


@cython.final
cdef class ReceiveFrom(SocketCall):
    cdef object n

    stands_for = Asyncio.sock_recvfrom.__code__

    def __await__(self):  # likewise
        return self

    cdef object attempt(self):
        return self.by_method("recvfrom", (self.n,))


@cython.final
cdef class ReceiveFromInto(SocketCall):
    cdef object buffer
    cdef object n

    stands_for = Asyncio.sock_recvfrom_into.__code__

    def __await__(self):  # likewise
        return self

    cdef object attempt(self):
        if not self.n:
            self.n = len(self.buffer)
        return self.by_method("recvfrom_into", (self.buffer, self.n))


# ---- sending

@cython.final
cdef class SendAll(SocketCall):
    cdef object data               # a memoryview, once a part of it is left to be sent
    cdef Py_ssize_t sent           # bytes

    stands_for = Asyncio.sock_sendall.__code__

    def __await__(self):  # likewise
        return self

    cdef object attempt(self):
        cdef Py_buffer view
        cdef Py_ssize_t n
        cdef int error
        if not self.plain:
            return self.send_by_method()
        if type(self.data) is bytes:
            n = tl_send(
                self.number(),
                PyBytes_AS_STRING(self.data) + self.sent,
                PyBytes_GET_SIZE(self.data) - self.sent,
            )
            return self.after_sending(n, PyBytes_GET_SIZE(self.data), errno)
        try:
            PyObject_GetBuffer(self.data, &view, PyBUF_SIMPLE)
        except (TypeError, BufferError):
            return self.send_by_method()
        n = tl_send(self.number(), <char *>view.buf + self.sent, view.len - self.sent)
        error = errno
        try:
            if type(self.data) is not memoryview:  # nobody may change its length meanwhile
                self.data = memoryview(self.data)
            return self.after_sending(n, view.len, error)
        finally:
            PyBuffer_Release(&view)

    cdef object after_sending(self, Py_ssize_t n, Py_ssize_t size, int error):
        if n < 0:
            return self.stopped(error)
        self.sent += n
        return None if self.sent == size else self.wait()

    cdef object send_by_method(self):
        try:
            n = self.sock.send(memoryview(self.data)[self.sent:] if self.sent else self.data)
        except (BlockingIOError, InterruptedError):
            n = 0
        self.sent += n
        if self.sent == len(self.data):
            return None
        self.number()
        return self.wait()


@cython.final
cdef class SendTo(SocketCall):
    cdef object data
    cdef object address

    stands_for = Asyncio.sock_sendto.__code__

    def __await__(self):  # likewise
        return self

    cdef object attempt(self):
        return self.by_method("sendto", (self.data, self.address))


# ---- accepting

@cython.final
cdef class Accept(SocketCall):
    stands_for = Asyncio.sock_accept.__code__

    def __await__(self):  # likewise
        return self

    cdef object attempt(self):
        connection = self.by_method("accept", ())
        if connection is not None:
            connection[0].setblocking(False)
        return connection


# ---- the methods of a loop

@cython.binding(True)
def sock_recv(Loop self, sock, n):
    """Receive up to `n` bytes; see asyncio."""
    cdef Receive call = Receive.__new__(Receive)
    call.loop = self
    call.sock = sock
    call.n = n
    return call


@cython.binding(True)
def sock_recv_into(Loop self, sock, buf):
    """Receive into a buffer; gives the number of bytes. See asyncio."""
    cdef ReceiveInto call = ReceiveInto.__new__(ReceiveInto)
    call.loop = self
    call.sock = sock
    call.buffer = buf
    return call


@cython.binding(True)
def sock_recvfrom(Loop self, sock, bufsize):
    """Receive a datagram of up to `bufsize` bytes; gives it and who sent it. See asyncio."""
    cdef ReceiveFrom call = ReceiveFrom.__new__(ReceiveFrom)
    call.loop = self
    call.sock = sock
    call.n = bufsize
    return call


@cython.binding(True)
def sock_recvfrom_into(Loop self, sock, buf, nbytes=0):
    """Receive a datagram into a buffer; gives its length and who sent it. See asyncio."""
    cdef ReceiveFromInto call = ReceiveFromInto.__new__(ReceiveFromInto)
    call.loop = self
    call.sock = sock
    call.buffer = buf
    call.n = nbytes
    return call


@cython.binding(True)
def sock_sendall(Loop self, sock, data):
    """Send all of `data`; see asyncio."""
    cdef SendAll call = SendAll.__new__(SendAll)
    call.loop = self
    call.sock = sock
    call.data = data
    call.writing = True
    return call


@cython.binding(True)
def sock_sendto(Loop self, sock, data, address):
    """Send a datagram; gives the number of bytes. See asyncio."""
    cdef SendTo call = SendTo.__new__(SendTo)
    call.loop = self
    call.sock = sock
    call.data = data
    call.address = address
    call.writing = True
    return call


@cython.binding(True)
def sock_accept(Loop self, sock):
    """Accept a connection; gives its socket and the address of the other end. See asyncio."""
    cdef Accept call = Accept.__new__(Accept)
    call.loop = self
    call.sock = sock
    return call


for _function in (
    sock_accept,
    sock_recv,
    sock_recv_into,
    sock_recvfrom,
    sock_recvfrom_into,
    sock_sendall,
    sock_sendto,
):
    mark_coroutine_function(_function)

make_coroutine(<PyTypeObject *>Receive)
make_coroutine(<PyTypeObject *>ReceiveInto)
make_coroutine(<PyTypeObject *>ReceiveFrom)
make_coroutine(<PyTypeObject *>ReceiveFromInto)
make_coroutine(<PyTypeObject *>SendAll)
make_coroutine(<PyTypeObject *>SendTo)
make_coroutine(<PyTypeObject *>Accept)
