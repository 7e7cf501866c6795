"""The datagram transport, native: what asyncio's _SelectorDatagramTransport does, per datagram.

Law: owns how datagrams come from one socket and go to it; its life is transport.pyx's. What an
address is to the kernel, addresses.pyx knows; names that have to be resolved are left to the
socket's own method.

Receiving. The socket is watched edge-triggered. An edge queues the transport, which takes as many
datagrams as there are by one recvmmsg() and hands them to the protocol one after the other. Fewer
than it had asked for means that there are no more: the next edge will tell. Otherwise, or when the
protocol has taken too long for a round, it queues itself again behind the others. What was received
and may not be handed over (pause_reading(), an exception) is kept.

Sending. sendto() sends at once. What the kernel does not take is kept until it does; asyncio of
some versions counts eight bytes more for each, and of some drops empty datagrams.

isinstance holds by the __class__ property of what holds for asyncio's.
"""

from cpython.buffer cimport PyBUF_SIMPLE, Py_buffer, PyBuffer_Release, PyObject_GetBuffer
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF
from libc.errno cimport EAGAIN, EBADF, EINTR, EINVAL, ENOTSOCK, errno
from libc.stdint cimport uint64_t

import collections
import socket
import sys
from asyncio import selector_events

from trueloop.kernel.addresses cimport AddressBook, Known, sockaddr, socklen_t
from trueloop.kernel.clock cimport hardware_counter, ticks_per_s, tl_ticks
from trueloop.kernel.differences cimport DATAGRAM_HEADER, SENDS_EMPTY_DATAGRAMS
from trueloop.kernel.poller cimport EPOLLERR, EPOLLHUP, EPOLLIN, EPOLLOUT
from trueloop.kernel.raised cimport error_of, taken
from trueloop.kernel.transport cimport SocketTransport

cdef extern from "Python.h":
    int PyContext_Enter(PyObject *) noexcept
    int PyContext_Exit(PyObject *) noexcept
    PyObject *PyObject_VectorcallMethod(PyObject *, PyObject **, size_t, PyObject *) noexcept
    size_t PY_VECTORCALL_ARGUMENTS_OFFSET
    int PySys_Audit(const char *, const char *, ...) except -1

cdef extern from "socketcalls.h" nogil:
    ssize_t tl_sendto(int, const void *, size_t, const void *, socklen_t)

cdef extern from "socketcalls.h":
    object tl_received_bytes(const char *, Py_ssize_t)

# One for all loops (of a thread): of what is in it objects are made before anything else runs.
cdef extern from *:
    """
    #include "freethreading.h"
    #include "letterbox.h"
    static TL_THREAD_LOCAL tl_letterbox tl_box;
    """
    enum:
        TL_DATAGRAMS
    ctypedef struct tl_letterbox:
        pass
    tl_letterbox box "tl_box"
    int tl_receive_datagrams(int, tl_letterbox *, size_t) noexcept
    const char *tl_datagram(tl_letterbox *, int) noexcept
    ssize_t tl_datagram_size(tl_letterbox *, int) noexcept
    const sockaddr *tl_datagram_sender(tl_letterbox *, int, socklen_t *) noexcept

cdef object _asyncio_transport = selector_events._SelectorDatagramTransport
cdef str datagram_received = sys.intern("datagram_received")
cdef object AGAIN = object()       # the socket takes no more now
cdef int counter = hardware_counter()
cdef uint64_t round_ticks = <uint64_t>(0.001 * ticks_per_s())  # then others get their turn


cdef class DatagramTransport(SocketTransport):
    """One datagram socket: asyncio.DatagramTransport, native."""

    def __cinit__(self, *args, **kwargs):
        self.max_size = 256 * 1024

    def __init__(self, loop, sock, protocol, address=None, waiter=None, extra=None):
        self.open(loop, sock, protocol, None, extra)
        self.connected = bool(self._extra["peername"])
        self.family = sock.family
        self.is_internet = self.family in (socket.AF_INET, socket.AF_INET6)
        self._address = address
        self.begin(waiter)

    @property
    def __class__(self):
        return _asyncio_transport if type(self) is DatagramTransport else type(self)

    @property
    def _server(self):
        return None

    @property
    def _buffer(self):
        if self.queue is None:
            self.queue = collections.deque()
        return self.queue

    # -- what SocketTransport asks

    cdef Py_ssize_t kept(self) noexcept:
        return self._buffer_size

    cdef bint has_kept(self) noexcept:  # an empty datagram counts, too
        return self.queue is not None and len(<object>self.queue) > 0

    cdef int drop_kept(self) except -1:
        if self.queue is not None:
            self.queue.clear()
        self._buffer_size = 0
        return 0

    cdef bint may_hand_over(self) noexcept:
        return self._readable or self.arrived is not None

    cdef int leave(self) except -1:
        self.arrived = None
        return 0

    cdef object in_context(self, object method):
        return method()  # it is entered for all of run()

    # -- asyncio.DatagramTransport

    def sendto(self, data, addr=None):
        """Send a datagram, to `addr` if the transport has no address of its own."""
        self.send(data, addr)

    cdef int send(self, object data, object address) except -1:
        self.ready.check_thread(self, "transport.sendto()")
        if type(data) is not bytes and not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(
                f"data argument must be a bytes-like object, not {type(data).__name__!r}"
            )
        if not SENDS_EMPTY_DATAGRAMS and not data:
            return 0
        if self._address:
            if address is not None and address != self._address:
                raise ValueError(f"Invalid address: must be None or {self._address}")
            address = self._address
            if self._conn_lost:
                self._note_lost_write()
                return 0
        elif self._sock is None:  # asyncio stumbles over that
            self._note_lost_write()
            return 0
        if not self.queue:
            failure = self.send_now(data, address)
            if failure is None:
                return 0
            if failure is not AGAIN:
                return self.send_failed(failure)
            if self._conn_lost:  # nobody would send it later
                self._note_lost_write()
                return 0
        self._buffer.append((bytes(data), address))  # a copy, if the caller may change it
        self._buffer_size += len(data) + DATAGRAM_HEADER
        if not self._waits_to_write:
            self.want(True)
        return self.pause_protocol()

    cdef object send_now(self, object data, object address):
        """None, or what has kept it from being sent: an exception, or AGAIN."""
        cdef Py_buffer view
        cdef const Known *known = NULL
        cdef ssize_t n
        cdef int error
        if not self.connected:
            if self.is_internet:
                if self.book is None:
                    self.book = AddressBook()
                known = self.book.find(address, self.family)
            if known == NULL:
                return self.send_by_method(data, address)
            PySys_Audit("socket.sendto", "OO", <PyObject *>self._sock, <PyObject *>address)
        if type(data) is bytes:
            n = self.send_raw(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data), known)
            error = errno
        else:
            try:
                PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
            except BufferError as exc:
                return exc
            n = self.send_raw(view.buf, view.len, known)
            error = errno
            PyBuffer_Release(&view)
        if n >= 0:
            return None
        return AGAIN if error == EAGAIN or error == EINTR else error_of(error)

    cdef ssize_t send_raw(self, const void *data, Py_ssize_t size, const Known *known) noexcept:
        if known == NULL:
            return tl_sendto(self.descriptor[0], data, size, NULL, 0)
        return tl_sendto(self.descriptor[0], data, size, known.bytes, known.size)

    cdef object send_by_method(self, object data, object address):
        try:
            self._sock.sendto(data, address)
        except (BlockingIOError, InterruptedError):
            return AGAIN
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return exc

    cdef int send_failed(self, object exc) except -1:
        if not isinstance(exc, OSError):
            return self.fatal(exc, "Fatal write error on datagram transport")
        self._protocol.error_received(exc)
        return 0

    # -- events

    cdef int run(self) except -1:
        """Queued by the poller, or by ourselves when there is more to do."""
        cdef unsigned int events = self.noticed
        cdef PyObject *context = <PyObject *>self._context  # owned by self, which the caller holds
        self.noticed = 0
        if self._conn_lost:
            return self.end_overdue()
        if events & (EPOLLIN | EPOLLHUP | EPOLLERR):
            self._readable = True
        if PyContext_Enter(context) < 0:
            return self.fatal(taken(), "Fatal error: the transport's context is in use.")
        try:
            if self._waits_to_write and events & (EPOLLOUT | EPOLLHUP | EPOLLERR):
                self.flush()
            if self._started and not (self._closing or self._paused):
                self.read()
        finally:
            PyContext_Exit(context)
        return 0

    # -- receiving

    cdef int read(self) except -1:
        """Hand over what there is, one round's worth."""
        if self.arrived is None:
            if not self._readable:
                return 0
            if not self.is_internet:
                return self.receive_by_method()
            return self.receive()
        return self.hand_over_arrived()

    cdef int receive(self) except -1:
        cdef int n = tl_receive_datagrams(self.descriptor[0], &box, max(self.max_size, 0))
        cdef int i
        cdef list arrived
        if n < 0:
            return self.receive_failed(errno)
        self._readable = n == TL_DATAGRAMS
        if n == 1:
            return self.hand_over(self.datagram(0), self.sender(0))
        arrived = []
        try:
            for i in range(n):
                arrived.append(self.datagram(i))
                arrived.append(self.sender(i))
        except MemoryError as exc:  # the kernel will not give them again
            return self.fatal(exc, "Fatal read error on datagram transport")
        self.arrived = arrived
        self.given = 0
        return self.hand_over_arrived()

    cdef object datagram(self, int i):
        return tl_received_bytes(tl_datagram(&box, i), tl_datagram_size(&box, i))

    cdef object sender(self, int i):
        cdef socklen_t size
        cdef const sockaddr *raw = tl_datagram_sender(&box, i, &size)
        if self.book is None:
            self.book = AddressBook()
        return self.book.address_of(raw, size)

    cdef int hand_over_arrived(self) except -1:
        """Hand over what was received, as long as it is wanted, but not for ever."""
        cdef uint64_t began = tl_ticks(counter)
        cdef object data
        cdef object address
        try:
            while self.arrived is not None and not (self._closing or self._paused):
                data = self.arrived[self.given]
                address = self.arrived[self.given + 1]
                self.given += 2
                if self.given == len(self.arrived):
                    self.arrived = None
                self.hand_over(data, address)
                if tl_ticks(counter) - began > round_ticks:
                    break
        finally:
            if self.is_reading() and (self._readable or self.arrived is not None):
                self.run_again(0)
        return 0

    cdef int hand_over(self, object data, object address) except -1:
        cdef object protocol = self._protocol  # held here: it may set another one
        cdef PyObject *arguments[4]
        cdef PyObject *result
        arguments[0] = NULL
        arguments[1] = <PyObject *>protocol
        arguments[2] = <PyObject *>data
        arguments[3] = <PyObject *>address
        result = PyObject_VectorcallMethod(
            <PyObject *>datagram_received,
            arguments + 1,
            3 | PY_VECTORCALL_ARGUMENTS_OFFSET,
            NULL,
        )
        if result == NULL:
            return -1
        Py_DECREF(<object>result)
        return 0

    cdef int receive_failed(self, int error) except -1:
        if error == EAGAIN:
            self._readable = False
            return 0
        if error == EINTR:
            return self.run_again(0)
        if error == EBADF or error == ENOTSOCK:  # for ever
            self._readable = False
        else:
            self.run_again(0)
        self._protocol.error_received(error_of(error))
        return 0

    cdef int receive_by_method(self) except -1:
        """One datagram of another family than the Internet's."""
        try:
            data, address = self._sock.recvfrom(self.max_size)
        except (BlockingIOError, InterruptedError):
            self._readable = False
            return 0
        except OSError as exc:
            return self.receive_failed(exc.errno or EINVAL)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            return self.fatal(exc, "Fatal read error on datagram transport")
        self.run_again(0)
        return self.hand_over(data, address)

    # -- sending what could not be sent at once

    cdef int flush(self) except -1:
        """The socket takes more."""
        cdef object failure
        while self.queue:
            data, address = self.queue.popleft()
            self._buffer_size -= len(data) + DATAGRAM_HEADER
            failure = self.send_now(data, address)
            if failure is AGAIN:
                self.queue.appendleft((data, address))
                self._buffer_size += len(data) + DATAGRAM_HEADER
                break
            if failure is not None:
                self.run_again(EPOLLOUT)
                return self.send_failed(failure)
        self.resume_protocol()  # which may send
        return 0 if self.queue else self.drained()

    cdef int drained(self) except -1:
        """Everything that was kept has been sent."""
        return self.end_close() if self._closing else self.want(False)
