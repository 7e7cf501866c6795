"""The stream transport, native: what asyncio's _SelectorSocketTransport does, per packet.

Law: owns one connected socket from connection_made to connection_lost. It knows the poller and the
ready queue, calls the protocol, and leaves everything rare (accepting, connecting, TLS, sendfile)
to CPython's code, for which it keeps asyncio's private names.

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

Every call of the protocol runs in one context, a copy of the one in which the transport was made:
what one connection sets in a ContextVar, no other connection sees.

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
import warnings
from asyncio import base_events, constants, futures, selector_events, transports, trsock
from contextvars import copy_context

from trueloop.kernel.differences cimport SERVER_TAKES_TRANSPORT
from trueloop.kernel.freethreading cimport TL_FREE_THREADED
from trueloop.kernel.hooks cimport tl_beat_since
from trueloop.kernel.outbox cimport PIECES_AT_ONCE, Outbox
from trueloop.kernel.poller cimport EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT, EPOLLRDHUP
from trueloop.kernel.raised cimport error_of, taken
from trueloop.kernel.ready cimport JOB
from trueloop.kernel.sink cimport Sink

cdef extern from "Python.h":
    int PyContext_Enter(PyObject *) noexcept
    int PyContext_Exit(PyObject *) noexcept
    PyObject *PyObject_CallMethodOneArg(PyObject *, PyObject *, PyObject *) noexcept

cdef extern from "socketcalls.h" nogil:
    ssize_t tl_recv(int, void *, size_t)
    ssize_t tl_send(int, const void *, size_t)

cdef extern from "socketcalls.h":
    object tl_received_bytes(const char *, Py_ssize_t)

cdef enum:
    READ_SIZE = 256 * 1024     # asyncio's max_size
    SENDS_AT_ONCE = 16         # then other connections get their turn
    HELD_BACK = 64 * 1024      # bytes, at most, until the step ends

cdef object _Transport = asyncio.Transport
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


cdef class StreamTransport(Job):
    """One connected stream socket: asyncio.Transport, native."""

    _start_tls_compatible = True
    _sendfile_compatible = constants._SendfileMode.TRY_NATIVE
    max_size = READ_SIZE

    def __init__(
        self, loop, sock, protocol, waiter=None, extra=None, server=None, context=None
    ):
        self._loop = loop
        self._sock = sock
        self._sock_fd = sock.fileno()
        self.poller = loop.poller
        self.ready = loop.ready_queue
        self._context = copy_context() if context is None else context
        self._extra = {} if extra is None else dict(extra)
        self._extra["socket"] = trsock.TransportSocket(sock)
        try:
            self._extra["sockname"] = sock.getsockname()
        except OSError:
            self._extra["sockname"] = None
        if "peername" not in self._extra:
            try:
                self._extra["peername"] = sock.getpeername()
            except OSError:
                self._extra["peername"] = None
        self.set_write_buffer_limits()
        self.set_protocol(protocol)
        self._server = server
        if server is not None:
            if SERVER_TAKES_TRANSPORT:
                server._attach(self)
            else:
                server._attach()
        loop._transports[self._sock_fd] = self
        base_events._set_nodelay(sock)
        loop.call_soon(protocol.connection_made, self, context=self._context)
        # Reading begins, and the waiter wakes, only when connection_made() has been called.
        loop.call_soon(self._start_reading, context=self._context)
        if waiter is not None:
            loop.call_soon(futures._set_result_unless_cancelled, waiter, None)

    @property
    def __class__(self):
        return _FlowControl if type(self) is StreamTransport else type(self)

    def __reduce_ex__(self, protocol):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

    @property
    def _buffer(self):
        self.finish_step()
        return [] if self.outbox is None else self.outbox.pieces

    def __repr__(self):
        info = [type(self).__name__]
        if self._sock is None:
            info.append("closed")
        elif self._closing:
            info.append("closing")
        info.append(f"fd={self._sock_fd}")
        if self._loop is not None and not self._loop.is_closed():
            info.append("read=polling" if self.is_reading() and self._started else "read=idle")
            writing = "polling" if self._waits_to_write else "idle"
            info.append(f"write=<{writing}, bufsize={self.unsent()}>")
        return f"<{' '.join(info)}>"

    def __del__(self):
        if self._sock is not None:
            warnings.warn(f"unclosed transport {self!r}", ResourceWarning, source=self)
            self._sock.close()
            self._leave_server()

    # -- asyncio.BaseTransport

    def get_extra_info(self, name, default=None):
        """See asyncio.BaseTransport.get_extra_info, which is called, so that patching it works."""
        self.finish_step()  # who asks for the socket may write to it
        return _Transport.get_extra_info(self, name, default)

    def is_closing(self):
        """Whether the transport is closing or closed."""
        return bool(self._closing)

    def set_protocol(self, protocol):
        """Send what happens from now on to `protocol`."""
        self.ready.check_thread(self, "transport.set_protocol()")
        self.finish_step()
        self._protocol = protocol
        self.sink = protocol if isinstance(protocol, Sink) else None
        self._buffered = self.sink is None and isinstance(protocol, _BufferedProtocol)
        self._protocol_connected = True

    def get_protocol(self):
        """The protocol; None once the connection is lost."""
        return self._protocol

    def close(self):
        """Send what is buffered, then close. The protocol's connection_lost(None) follows."""
        if TL_FREE_THREADED and self.ready.is_anothers():
            # A StreamWriter's finaliser does so, in whatever thread the collector runs.
            self.ready.note_thread(self, "transport.close()")
            self._loop.call_soon_threadsafe(self.close)
            return
        self.ready.check_thread(self, "transport.close()")
        self.finish_step()
        if self._closing:
            return
        self._closing = True
        if self.unsent():
            self.want(True)
            return
        self.poller.unwatch(self._sock_fd, self)
        self.lose(None)

    def abort(self):
        """Close now; what is buffered is lost."""
        self.ready.check_thread(self, "transport.abort()")
        self.finish_step()
        self.force_close(None)

    # -- asyncio.ReadTransport

    def is_reading(self):
        """Whether the protocol gets what arrives."""
        return not self._closing and not self._paused

    def pause_reading(self):
        """Give the protocol nothing until resume_reading()."""
        self.ready.check_thread(self, "transport.pause_reading()")
        if self._closing or self._paused:
            return
        self._paused = True
        if self._loop.get_debug():
            selector_events.logger.debug("%r pauses reading", self)

    def resume_reading(self):
        """Undo pause_reading()."""
        self.ready.check_thread(self, "transport.resume_reading()")
        if self._closing or not self._paused:
            return
        self._paused = False
        if self._readable and self._started:
            self.queue(0)
        if self._loop.get_debug():
            selector_events.logger.debug("%r resumes reading", self)

    def _start_reading(self):
        if self._conn_lost or self._sock is None:
            return
        self._started = True
        self.want(self._waits_to_write)

    # -- asyncio.WriteTransport

    def get_write_buffer_limits(self):
        """(low, high): bytes at which writing resumes and pauses."""
        return self._low_water, self._high_water

    def set_write_buffer_limits(self, high=None, low=None):
        """Pause the protocol above `high` buffered bytes, resume it at `low` (high // 4)."""
        self.ready.check_thread(self, "transport.set_write_buffer_limits()")
        self.finish_step()
        if high is None:
            high = 64 * 1024 if low is None else 4 * low
        if low is None:
            low = high // 4
        if not high >= low >= 0:
            raise ValueError(f"high ({high!r}) must be >= low ({low!r}) must be >= 0")
        self._high_water = high
        self._low_water = low
        self.pause_protocol()

    def get_write_buffer_size(self):
        """Bytes that write() took and the kernel has not yet."""
        self.finish_step()
        return self.unsent()

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
                sent = tl_send(self._sock_fd, PyBytes_AS_STRING(data), size)
        else:
            PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
            size = view.len
            try:
                if size and self.may_send():
                    if self.hold_back(data):
                        return 0
                    sent = tl_send(self._sock_fd, view.buf, size)
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

    def _note_lost_write(self):
        if self._conn_lost >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
            selector_events.logger.warning("socket.send() raised exception.")
        self._conn_lost += 1

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
            return 0
        if events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR):
            self._readable = True
            if events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR):
                self._hung_up = True
        if self.unsent() and events & (EPOLLOUT | EPOLLHUP | EPOLLERR):
            self.flush()
        if self._readable and self._started and not (self._closing or self._paused):
            return self.read()
        return 0

    cdef int queue(self, unsigned int events) except -1:
        """Run again in the next pass."""
        self.noticed |= events
        if not self.queued:
            self.queued = True
            self.ready.push(JOB, <PyObject *>self, NULL, NULL)
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
        cdef Py_ssize_t n = tl_recv(self._sock_fd, read_buffer, READ_SIZE)
        cdef PyObject *result
        cdef PyObject *context
        cdef object data
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
        protocol = self._protocol  # held here: it may set another one
        context = <PyObject *>self._context  # owned by self, which the caller holds
        if PyContext_Enter(context) < 0:
            return self.fatal(taken(), "Fatal error: the connection's context is in use.")
        result = PyObject_CallMethodOneArg(
            <PyObject *>protocol, <PyObject *>data_received, <PyObject *>data
        )
        PyContext_Exit(context)
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
        n = tl_recv(self._sock_fd, view.buf, size) if size else 0
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
            return self.queue(0)
        return 0

    cdef int read_failed(self, int error) except -1:
        if error == EAGAIN or error == EINTR:
            self._readable = error == EINTR
            self._hung_up = False
            return 0 if error == EAGAIN else self.queue(0)
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

    cdef int want(self, bint writing) except -1:
        """Ask the poller for the edges that matter now. A socket it cannot watch is lost."""
        self._waits_to_write = writing
        try:
            self.poller.watch(
                self._sock_fd,
                self,
                (EPOLLIN | EPOLLRDHUP | EPOLLOUT) if writing else (EPOLLIN | EPOLLRDHUP),
            )
        except (OSError, MemoryError) as exc:
            self.fatal(exc, "Fatal error: the socket cannot be watched.")
        return 0

    cdef int flush(self) except -1:
        """The socket takes more."""
        cdef Sent sent = self.send_all()
        if sent == FAILED:
            return 0
        self.resume_protocol()  # which may write
        if not self.unsent():
            return self.drained()
        return self.queue(EPOLLOUT) if sent == SOME else 0

    cdef Sent send_all(self) except FAULT:
        """Send what the socket takes, but not for ever."""
        cdef Py_ssize_t n = 0
        cdef int sends = 0
        while self.unsent() and n >= 0 and sends < SENDS_AT_ONCE:
            n = self.outbox.send(self._sock_fd)
            sends += 1
        if n >= 0 or errno == EINTR:
            return SOME
        if errno == EAGAIN:
            return FULL
        exc = error_of(errno)
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
            self.poller.unwatch(self._sock_fd, self)
            self._waits_to_write = False
            if not self._conn_lost:
                self._conn_lost += 1
                self._call_connection_lost_in_context(None)
            return 0
        self.want(False)
        if self._eof and not self._conn_lost:
            self._sock.shutdown(socket.SHUT_WR)
        return 0

    cdef int pause_protocol(self) except -1:
        if self.unsent() <= self._high_water or self._protocol_paused:
            return 0
        self._protocol_paused = True
        try:
            self._protocol.pause_writing()
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self._report(exc, "protocol.pause_writing() failed")
        return 0

    cdef int resume_protocol(self) except -1:
        if not self._protocol_paused or self.unsent() > self._low_water:
            return 0
        self._protocol_paused = False
        try:
            self._context.run(self._protocol.resume_writing)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self._report(exc, "protocol.resume_writing() failed")
        return 0

    # -- the end

    def _report(self, exc, message):
        self._loop.call_exception_handler(
            {
                "message": message,
                "exception": exc,
                "transport": self,
                "protocol": self._protocol,
            }
        )

    def _fatal_error(self, exc, message="Fatal error on transport"):
        self.fatal(exc, message)

    def _force_close(self, exc):
        self.force_close(exc)

    cdef int fatal(self, object exc, str message) except -1:
        """An error that ends the connection. The network's are expected; ours are reported."""
        if isinstance(exc, (SystemExit, KeyboardInterrupt)):
            raise exc
        if isinstance(exc, OSError):
            if self._loop.get_debug():
                selector_events.logger.debug("%r: %s", self, message, exc_info=exc)
        else:
            self._report(exc, message)
        return self.force_close(exc)

    cdef int force_close(self, object exc) except -1:
        self.finish_step()  # asyncio had sent that already
        if self._conn_lost:
            return 0
        if self.outbox is not None:
            self.outbox.clear()
        self._closing = True
        self.poller.unwatch(self._sock_fd, self)
        return self.lose(exc)

    cdef int lose(self, object exc) except -1:
        """Schedule connection_lost."""
        self._conn_lost += 1
        self._loop.call_soon(self._call_connection_lost, exc, context=self._context)
        return 0

    def _call_connection_lost_in_context(self, exc):
        self._context.run(self._call_connection_lost, exc)

    def _call_connection_lost(self, exc):
        waiter = self._empty_waiter
        try:
            if self._protocol_connected:
                self._protocol.connection_lost(exc)
        finally:
            self._sock.close()
            self._sock = None
            self._protocol = None
            self.sink = None
            self._loop = None
            self._leave_server()
            if waiter is not None and not waiter.done():
                waiter.set_exception(ConnectionError("Connection is closed by peer"))

    def _leave_server(self):
        server = self._server
        if server is None:
            return
        self._server = None
        if SERVER_TAKES_TRANSPORT:
            server._detach(self)
        else:
            server._detach()
