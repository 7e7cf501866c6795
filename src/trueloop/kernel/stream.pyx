"""The stream transport, native: what asyncio's _SelectorSocketTransport does, per packet.

Law: owns how bytes come from one connected socket and go to it; its life is transport.pyx's. What
is rare (accepting, connecting, TLS, sendfile) is left to CPython's code.

Reading. The socket is watched edge-triggered, once for its whole life. An edge queues the
transport; it then reads one buffer's worth. A short read means that the socket is empty, so no
second recv() asks for EAGAIN; a full buffer, or a peer that hung up, queues the transport again
behind the others. pause_reading() is a flag: an edge seen while paused is remembered.

Writing. write() sends at once. What the kernel does not take is kept, EPOLLOUT is asked for, and
when the edge comes everything leaves in as few sendmsg() calls as possible. A transport that has
been written to twice in one step (an HTTP server writes head and body apart) will most likely be
again: from then on its writes are held back until the step ends, and leave as one. When a step has
written only once, that is over.

A native protocol (sink.pyx) is given what has been read as it is, without a bytes object.

isinstance(transport, asyncio.Transport) holds by the __class__ property; so does _FlowControlMixin,
which sendfile asks for.
"""

from cpython.buffer cimport (
    PyBUF_SIMPLE,
    PyBUF_WRITABLE,
    Py_buffer,
    PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.errno cimport EAGAIN, EINTR, errno
from libc.stdint cimport uint64_t

import asyncio
import socket
from asyncio import base_events, constants, selector_events, transports

from trueloop.kernel.differences cimport SERVER_TAKES_TRANSPORT
from trueloop.kernel.hooks cimport tl_beat_since
from trueloop.kernel.outbox cimport PIECES_AT_ONCE, Outbox
from trueloop.kernel.poller cimport EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP
from trueloop.kernel.raised cimport error_of, taken
from trueloop.kernel.sink cimport Sink
from trueloop.kernel.transport cimport SocketTransport

cdef extern from "Python.h":
    int PyContext_Enter(PyObject *) noexcept
    int PyContext_Exit(PyObject *) noexcept
    PyObject *PyObject_CallMethodOneArg(PyObject *, PyObject *, PyObject *) noexcept

cdef extern from "socketcalls.h" nogil:
    ssize_t tl_recv(int, void *, size_t)
    ssize_t tl_send(int, const void *, size_t)

cdef extern from "socketcalls.h":
    PyObject *tl_received_bytes(const char *, Py_ssize_t) noexcept

cdef enum:
    READ_SIZE = 256 * 1024     # asyncio's max_size
    SENDS_AT_ONCE = 16         # then other connections get their turn
    HELD_BACK = 64 * 1024      # bytes, at most, until the step ends

cdef object _FlowControl = transports._FlowControlMixin  # a subclass of Transport
cdef object _BufferedProtocol = asyncio.BufferedProtocol
cdef str data_received = "data_received"

# One buffer for the reads of all loops (of a thread): it is emptied before anything else runs.
cdef extern from *:
    """
    #include "freethreading.h"
    static TL_THREAD_LOCAL char tl_read_buffer[256 * 1024];
    """
    char *read_buffer "tl_read_buffer"


cdef class StreamTransport(SocketTransport):
    """One connected stream socket: asyncio.Transport, native."""

    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE
    max_size = READ_SIZE

    def __init__(
        self, loop, sock, protocol, waiter=None, extra=None, server=None, context=None
    ):
        self.open(loop, sock, protocol, context, extra)
        self._server = server
        if server is not None:
            if SERVER_TAKES_TRANSPORT:
                server._attach(self)
            else:
                server._attach()
        base_events._set_nodelay(sock)
        self.begin(waiter)

    @property
    def __class__(self):
        return _FlowControl if type(self) is StreamTransport else type(self)

    @property
    def _buffer(self):
        self.finish_step()
        return [] if self.outbox is None else self.outbox.pieces

    # -- what SocketTransport asks

    cdef Py_ssize_t kept(self) noexcept:
        return self.unsent()

    cdef bint has_kept(self) noexcept:
        return self.unsent() > 0

    cdef int drop_kept(self) except -1:
        if self.outbox is not None:
            self.outbox.clear()
        return 0

    cdef int leave(self) except -1:
        server = self._server
        if server is None:
            return 0
        self._server = None
        if SERVER_TAKES_TRANSPORT:
            server._detach(self)
        else:
            server._detach()
        return 0

    def set_protocol(self, protocol):
        """Send what happens from now on to `protocol`."""
        SocketTransport.set_protocol(self, protocol)
        self.sink = protocol if isinstance(protocol, Sink) else None
        self._buffered = self.sink is None and isinstance(protocol, _BufferedProtocol)

    # -- asyncio.WriteTransport

    def can_write_eof(self):
        """True: TCP and Unix sockets can be half-closed."""
        return True

    def write_eof(self):
        """Send what is buffered, then end the sending direction."""
        self.ready.check_thread(self, "transport.write_eof()")
        self.finish_step()
        if self._closing or self._eof:
            return
        self._eof = True
        if not self.unsent():
            self._sock.shutdown(socket.SHUT_WR)

    def write(self, data):
        """Send bytes; what cannot be sent at once is buffered."""
        self.send(data)

    cdef int send(self, object data) except -1:
        """write(), for native callers."""
        cdef Py_buffer view
        cdef Py_ssize_t size
        cdef Py_ssize_t sent = 0
        self.ready.check_thread(self, "transport.write()")
        if type(data) is not bytes and not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"data argument must be a bytes-like object, not {type(data).__name__!r}"
            )
        if self._eof:
            raise RuntimeError("Cannot call write() after write_eof()")
        if self._empty_waiter is not None:
            raise RuntimeError("unable to write; sendfile is in progress")
        if self._conn_lost:
            if len(data):
                self._note_lost_write()
            return 0
        if type(data) is bytes:
            size = PyBytes_GET_SIZE(data)
            if size and self.may_send():
                if self.hold_back(data):
                    return 0
                sent = tl_send(self.descriptor[0], PyBytes_AS_STRING(data), size)
        else:
            PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
            size = view.len
            try:
                if size and self.may_send():
                    if self.hold_back(data):
                        return 0
                    sent = tl_send(self.descriptor[0], view.buf, size)
            finally:
                PyBuffer_Release(&view)
        if sent == size:
            return 0
        if sent < 0:
            if errno != EAGAIN and errno != EINTR:
                self.fatal(error_of(errno), "Fatal write error on socket transport")
                return 0
            sent = 0
        return self.keep(data, sent)

    def writelines(self, list_of_data):
        """Send several pieces as one."""
        if self._eof:
            raise RuntimeError("Cannot call writelines() after write_eof()")
        if self._empty_waiter is not None:
            raise RuntimeError("unable to writelines; sendfile is in progress")
        data = b"".join(list_of_data)
        if data:
            self.write(data)

    # -- what sendfile needs

    def _make_empty_waiter(self):
        if self._empty_waiter is not None:
            raise RuntimeError("Empty waiter is already set")
        self.finish_step()
        self._empty_waiter = self._loop.create_future()
        if not self.unsent():
            self._empty_waiter.set_result(None)
        return self._empty_waiter

    def _reset_empty_waiter(self):
        self._empty_waiter = None

    # -- events

    cdef int run(self) except -1:
        """Queued by the poller, or by ourselves when there is more to read."""
        cdef unsigned int events = self.noticed
        self.noticed = 0
        if self._conn_lost:
            return self.end_overdue()
        if events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR):
            self._readable = True
            if events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR):
                self._hung_up = True
        if self.unsent() and events & (EPOLLOUT | EPOLLHUP | EPOLLERR):
            self.flush()
        if self._readable and self._started and not (self._closing or self._paused):
            return self.read()
        return 0

    # -- reading

    cdef int read(self) except -1:
        """Hand one buffer's worth to the protocol, in its context."""
        if self._read_eof:
            self._readable = False
            return 0
        if not self._buffered:
            return self.read_bytes()
        if PyContext_Enter(<PyObject *>self._context) < 0:
            return self.fatal(taken(), "Fatal error: the connection's context is in use.")
        try:
            return self.read_into_buffer()
        finally:
            PyContext_Exit(<PyObject *>self._context)

    cdef int read_bytes(self) except -1:
        cdef Py_ssize_t n = tl_recv(self.descriptor[0], read_buffer, READ_SIZE)
        cdef PyObject *data  # owned
        cdef PyObject *result
        cdef PyObject *context
        cdef object protocol
        if n < 0:
            return self.read_failed(errno)
        if n == 0:
            return self.end_of_file()
        if self.sink is not None:
            try:
                if self.sink.take(read_buffer, n):
                    return self.after_read(n, READ_SIZE)
            except Exception as exc:
                return self.fatal(exc, "Fatal error: protocol.data_received() call failed.")
        data = tl_received_bytes(read_buffer, n)
        if data == NULL:  # the kernel will not give it again
            return self.fatal(taken(), "Fatal read error on socket transport")
        protocol = self._protocol  # held here: it may set another one
        context = <PyObject *>self._context  # owned by self, which the caller holds
        if PyContext_Enter(context) < 0:
            Py_DECREF(<object>data)
            return self.fatal(taken(), "Fatal error: the connection's context is in use.")
        result = PyObject_CallMethodOneArg(
            <PyObject *>protocol, <PyObject *>data_received, data
        )
        PyContext_Exit(context)
        Py_DECREF(<object>data)
        if result == NULL:
            return self.fatal(taken(), "Fatal error: protocol.data_received() call failed.")
        Py_DECREF(<object>result)
        return self.after_read(n, READ_SIZE)

    cdef int read_into_buffer(self) except -1:
        cdef Py_buffer view
        cdef Py_ssize_t n
        cdef Py_ssize_t size
        cdef int error
        try:
            buffer = self._protocol.get_buffer(-1)
            PyObject_GetBuffer(buffer, &view, PyBUF_WRITABLE)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return self.fatal(exc, "Fatal error: protocol.get_buffer() call failed.")
        size = view.len
        n = tl_recv(self.descriptor[0], view.buf, size) if size else 0
        error = errno
        PyBuffer_Release(&view)
        if size == 0:
            return self.fatal(
                RuntimeError("get_buffer() returned an empty buffer"),
                "Fatal error: protocol.get_buffer() call failed.",
            )
        if n < 0:
            return self.read_failed(error)
        if n == 0:
            return self.end_of_file()
        try:
            self._protocol.buffer_updated(n)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return self.fatal(exc, "Fatal error: protocol.buffer_updated() call failed.")
        return self.after_read(n, size)

    cdef int after_read(self, Py_ssize_t n, Py_ssize_t size) except -1:
        """Is there more? A short read empties the socket: epoll(7) promises a new edge."""
        if n < size and not self._hung_up:
            self._readable = False
        elif not (self._closing or self._paused):
            return self.run_again(0)
        return 0

    cdef int read_failed(self, int error) except -1:
        if error == EAGAIN or error == EINTR:
            self._readable = error == EINTR
            self._hung_up = self._hung_up and self._readable  # its edge comes once
            return 0 if error == EAGAIN else self.run_again(0)
        return self.fatal(error_of(error), "Fatal read error on socket transport")

    cdef int end_of_file(self) except -1:
        self._read_eof = True
        self._readable = False
        if self._loop.get_debug():
            selector_events.logger.debug("%r received EOF", self)
        try:
            keep_open = self._call_eof_received()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return self.fatal(exc, "Fatal error: protocol.eof_received() call failed.")
        if not keep_open:
            self.close()
        return 0

    def _call_eof_received(self):
        if self._buffered:  # the context is entered already
            return self._protocol.eof_received()
        return self._context.run(self._protocol.eof_received)

    # -- writing what could not be sent at once

    cdef int add(self, object data, Py_ssize_t sent) except -1:
        if self.outbox is None:
            self.outbox = Outbox()
        return self.outbox.add(data, sent)

    cdef int keep(self, object data, Py_ssize_t sent) except -1:
        """Buffer what is left of `data`, and wait until the socket takes more."""
        self.add(data, sent)
        if not self._waits_to_write:
            self.want(True)
        return self.pause_protocol()

    cdef bint may_send(self) noexcept:
        """Whether nothing that was written before has to wait for the socket."""
        return not self.unsent() or self.ready.held_back is self

    cdef bint hold_back(self, object data) except -1:
        """Keep `data` until the step ends, if that pays; False if it is to be sent now."""
        cdef uint64_t step
        if self.ready.held_back is not self:
            step = tl_beat_since(self.ready.hooks.beat)
            if not step or self.ready.is_anothers():
                return False
            if not self._in_parts:
                self._in_parts = step == self._wrote_in
                self._wrote_in = step
                return False
            if self.ready.held_back is not None:
                self.ready.held_back.finish_step()
        self.add(data, 0)
        self.ready.held_back = self  # only now: without an outbox there is nothing to finish
        if self.outbox.size > HELD_BACK or len(self.outbox.pieces) == PIECES_AT_ONCE:
            self.finish_step()
        return True

    cdef int finish_step(self) except -1:
        """Send what was held back."""
        if self.ready.held_back is not self:
            return 0
        self.ready.held_back = None
        self._in_parts = len(self.outbox.pieces) > 1
        if self.send_all() == FAILED or not self.unsent():
            return 0
        self.want(True)
        return self.pause_protocol()

    cdef int flush(self) except -1:
        """The socket takes more."""
        cdef Sent sent = self.send_all()
        if sent == FAILED:
            return 0
        self.resume_protocol()  # which may write
        if not self.unsent():
            return self.drained()
        return self.run_again(EPOLLOUT) if sent == SOME else 0

    cdef Sent send_all(self) except FAULT:
        """Send what the socket takes, but not for ever."""
        cdef Py_ssize_t n = 0
        cdef int sends = 0
        try:
            while self.unsent() and n >= 0 and sends < SENDS_AT_ONCE:
                n = self.outbox.send(self.descriptor[0])
                sends += 1
        except MemoryError as exc:  # some of it may have gone, and would go again
            return self.cannot_send(exc)
        if n >= 0 or errno == EINTR:
            return SOME
        if errno == EAGAIN:
            return FULL
        return self.cannot_send(error_of(errno))

    cdef Sent cannot_send(self, object exc) except FAULT:
        self.outbox.clear()
        self.fatal(exc, "Fatal write error on socket transport")
        if self._empty_waiter is not None:
            self._empty_waiter.set_exception(exc)
        return FAILED

    cdef int drained(self) except -1:
        """Everything that was buffered has been sent."""
        if self._empty_waiter is not None:
            self._empty_waiter.set_result(None)
        if self._closing:
            return self.end_close()
        self.want(False)
        if self._eof and not self._conn_lost:
            self._sock.shutdown(socket.SHUT_WR)
        return 0

    def _call_connection_lost(self, exc=None):
        waiter = self._empty_waiter
        try:
            SocketTransport._call_connection_lost(self, exc)
        finally:
            self.sink = None
            if waiter is not None and not waiter.done():
                waiter.set_exception(ConnectionError("Connection is closed by peer"))
