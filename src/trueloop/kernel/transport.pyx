"""What the transports of all sockets have in common: asyncio's _SelectorTransport.

Law: owns a socket's way from connection_made to connection_lost, who may still be called, and when
the protocol must pause. Knows neither how bytes are received nor how they are sent: what derives
from it does, and says in a few methods (transport.pxd) what it has kept.

asyncio's private names are kept. Every call of the protocol runs in one context, a copy of the one
in which the transport was made, unless the program itself causes the call (a write that makes it
pause): what one connection sets in a ContextVar, no other connection sees.

Ownership: the loop's table of transports and the poller own the transport while the socket is open.
`descriptor` points into the socket, which the transport owns as long.
"""

from cpython.object cimport PyObject

import asyncio
import warnings
from asyncio import constants, futures, selector_events, trsock
from contextvars import copy_context
from socket import SocketType

from trueloop.kernel.freethreading cimport TL_FREE_THREADED
from trueloop.kernel.poller cimport EPOLLIN, EPOLLOUT, EPOLLRDHUP
from trueloop.kernel.ready cimport JOB

cdef extern from *:
    """
    #include <Python.h>
    /* The beginning of a socket of the _socket module. */
    typedef struct {
        PyObject_HEAD
        int fd;
    } tl_socket;
    static int tl_no_descriptor = -1;
    static inline int *tl_descriptor(PyObject *socket) { return &((tl_socket *)socket)->fd; }
    """
    int tl_no_descriptor
    int *tl_descriptor(object) noexcept

cdef object _Transport = asyncio.Transport


cdef class SocketTransport(Job):
    """One socket and its protocol."""

    cdef int open(
        self, object loop, object sock, object protocol, object context, object extra
    ) except -1:
        """Take the socket over."""
        self._loop = loop
        self._sock = sock
        self._sock_fd = sock.fileno()
        # A program may close or detach the socket, and its number be another's: nothing goes there.
        self.descriptor = &self._sock_fd
        if isinstance(sock, SocketType) and tl_descriptor(sock)[0] == self._sock_fd:
            self.descriptor = tl_descriptor(sock)
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
        return 0

    cdef int begin(self, object waiter) except -1:
        """Tell the protocol, and then the waiter, soon."""
        cdef object loop = self._loop
        loop._transports[self._sock_fd] = self
        self.poller.take_over(self._sock_fd)
        loop.call_soon(self._protocol.connection_made, self, context=self._context)
        # Reading begins, and the waiter wakes, only when connection_made() has been called.
        try:
            loop.call_soon(self._start_reading, context=self._context)
            if waiter is not None:
                loop.call_soon(futures._set_result_unless_cancelled, waiter, None)
        except MemoryError as error:
            self._force_close(error)  # whose connection_made() is queued would never read
            raise
        return 0

    def __reduce_ex__(self, protocol):
        raise TypeError(f"cannot pickle {type(self).__name__!r} object")

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
            info.append(f"write=<{writing}, bufsize={self.kept()}>")
        return f"<{' '.join(info)}>"

    def __del__(self):
        if self._sock is not None:
            warnings.warn(f"unclosed transport {self!r}", ResourceWarning, source=self)
            self._sock.close()
            self.leave()

    # -- what differs

    cdef Py_ssize_t kept(self) noexcept:
        return 0

    cdef bint has_kept(self) noexcept:
        return False

    cdef int drop_kept(self) except -1:
        return 0

    cdef bint may_hand_over(self) noexcept:
        return self._readable

    cdef int leave(self) except -1:
        return 0

    cdef object in_context(self, object method):
        return self._context.run(method)

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
        if self.has_kept():
            self.want(True)
            return
        self.poller.unwatch(self._sock_fd, self)
        self.lose(None)

    def abort(self):
        """Close now; what is buffered is lost."""
        self.ready.check_thread(self, "transport.abort()")
        self.finish_step()
        self.force_close(None)

    # -- reading, or not

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
        if self._started and self.may_hand_over():
            self.run_again(0)
        if self._loop.get_debug():
            selector_events.logger.debug("%r resumes reading", self)

    def _start_reading(self):
        if self._conn_lost or self._sock is None:
            return
        self._started = True
        self.want(self._waits_to_write)

    # -- how much may be kept

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
        """Bytes that were given to the transport and that the kernel has not taken yet."""
        self.finish_step()
        return self.kept()

    cdef int pause_protocol(self) except -1:
        if self.kept() <= self._high_water or self._protocol_paused:
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
        if not self._protocol_paused or self.kept() > self._low_water:
            return 0
        self._protocol_paused = False
        try:
            self.in_context(self._protocol.resume_writing)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            self._report(exc, "protocol.resume_writing() failed")
        return 0

    def _note_lost_write(self):
        if self._conn_lost >= constants.LOG_THRESHOLD_FOR_CONNLOST_WRITES:
            selector_events.logger.warning("socket.send() raised exception.")
        self._conn_lost += 1

    # -- events

    cdef int run_again(self, unsigned int events) except -1:
        """Run in the next pass, too."""
        self.noticed |= events
        if not self.queued:
            self.queued = True
            self.ready.push(JOB, <PyObject *>self, NULL, NULL)
        return 0

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
        self.drop_kept()
        self._closing = True
        self.poller.unwatch(self._sock_fd, self)
        return self.lose(exc)

    cdef int end_close(self) except -1:
        """Everything that was kept when close() was called has been sent."""
        self.poller.unwatch(self._sock_fd, self)
        self._waits_to_write = False
        if not self._conn_lost:
            self._conn_lost += 1
            self.in_context(self._call_connection_lost)
        return 0

    cdef int lose(self, object exc) except -1:
        """Schedule connection_lost."""
        self._conn_lost += 1
        try:
            self._loop.call_soon(self._call_connection_lost, exc, context=self._context)
        except MemoryError:  # nothing else would ever end it; and to be queued takes no memory
            self.overdue = True
            self.lost_with = exc
            return self.run_again(0)
        return 0

    cdef int end_overdue(self) except -1:
        """Call connection_lost() now, if there was no memory to schedule it."""
        if self.overdue:
            self.overdue = False
            self.in_context(self._call_connection_lost_late)
        return 0

    def _call_connection_lost_late(self):
        cdef object exc = self.lost_with
        self.lost_with = None
        self._call_connection_lost(exc)

    def _call_connection_lost(self, exc=None):
        try:
            if self._protocol_connected:
                self._protocol.connection_lost(exc)
        finally:
            self._sock.close()
            self.descriptor = &tl_no_descriptor
            self._sock = None
            self._protocol = None
            self._loop = None
            self.leave()
