"""The hot half of asyncio's SSLProtocol: what happens per packet, per read and per write.

Law: takes records from the transport below and gives what they hold to the application's protocol;
takes what the application writes and gives records to the transport. Knows the ssl module by its
objects only. Handshake, shutdown, errors and limits are CPython's: see trueloop/tls.py, where the
classes that a program meets are made of these and of asyncio's.

What both halves read and write is kept here, in attributes of asyncio's names: a descriptor of a
native class comes before the instance's dictionary, so the inherited code uses them unknowingly.

Counting records. The ssl module says that no whole record is left by raising SSLWantReadError, and
one exception per request costs more than deciphering a small one. A record begins with its length:
so whole records are counted as they arrive, and as many are read, each of which must give
something. One that does not (a ticket, a new key, an alert) ends in that exception after all, and
then it is looked whether OpenSSL wants to answer. Where the count may be wrong, everything is read
until the exception comes, as asyncio does it.

Copies. What arrives goes from the transport's buffer into the incoming MemoryBIO and is deciphered
into the bytes object that the protocol gets (small ones by way of a scratch buffer), or into the
protocol's own buffer, or, if the protocol is native, straight from the scratch buffer. What is
written is enciphered from where it lies; what comes out of the outgoing MemoryBIO is sent as it is.
"""

cimport cython
from cpython.buffer cimport (
    PyBUF_SIMPLE, PyBUF_WRITABLE, Py_buffer, PyBuffer_FillInfo, PyBuffer_Release,
    PyObject_GetBuffer,
)
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.object cimport PyObject, PyObject_Size
from cpython.ref cimport Py_DECREF

from asyncio import sslproto

from trueloop.kernel.freethreading cimport TL_FREE_THREADED
from trueloop.kernel.sink cimport Sink
from trueloop.kernel.stream cimport StreamTransport

cdef extern from "Python.h":
    int PyContext_Enter(PyObject *) except -1
    int PyContext_Exit(PyObject *) except -1
    PyObject *PyObject_Call(PyObject *, PyObject *, PyObject *) noexcept
    PyObject *PyObject_CallOneArg(PyObject *, PyObject *) noexcept
    object PyObject_CallNoArgs(object)
    object PyObject_CallMethodOneArg(object, object, object)
    int PyErr_ExceptionMatches(PyObject *) noexcept
    void PyErr_Clear() noexcept
    Py_ssize_t PyLong_AsSsize_t(PyObject *) except? -1
    PyObject *PyBytes_FromStringAndSize(const char *, Py_ssize_t) except NULL
    int _PyBytes_Resize(PyObject **, Py_ssize_t) except -1

cdef extern from "socketcalls.h":
    object tl_received_bytes(const char *, Py_ssize_t)

cdef enum:
    HEADER = 5                 # of a record: its kind, the version (two bytes), the length (two)
    LONGEST = 16384 + 2048     # what may follow the header
    OVERHEAD = 8               # at least so much longer than its contents is what follows it
    SMALL = 4096               # bytes that are rather copied than deciphered into their place
    SCRATCH = 16384            # a record's contents
    FLUSH = 64 * 1024          # bytes given to the transport at once
    LONGEST_WRITE = 1 << 30    # of one call of the ssl module

# The ssl module lets other threads run while it deciphers: so each has its own.
cdef extern from *:
    """
    static __thread char tl_scratch[16384];
    """
    char *scratch "tl_scratch"

cdef object _SSLProtocol = sslproto.SSLProtocol
cdef object WRAPPED = sslproto.SSLProtocolState.WRAPPED
cdef object FLUSHING = sslproto.SSLProtocolState.FLUSHING
cdef object DO_HANDSHAKE = sslproto.SSLProtocolState.DO_HANDSHAKE
cdef object SHUTDOWN = sslproto.SSLProtocolState.SHUTDOWN
cdef str data_received = "data_received"

# Python can be built without the ssl module; then nobody comes here.
cdef object _ssl = sslproto.ssl
cdef object _SSLObject = None if _ssl is None else _ssl.SSLObject
cdef object _MemoryBIO = None if _ssl is None else _ssl.MemoryBIO
cdef object _again = () if _ssl is None else sslproto.SSLAgainErrors
cdef object _read = None if _ssl is None else _SSLObject.read
cdef object _write = None if _ssl is None else _SSLObject.write


@cython.final
cdef class Window:
    """Memory lent to the ssl module for the length of one call."""

    cdef char *at
    cdef Py_ssize_t size

    def __getbuffer__(self, Py_buffer *view, int flags):
        PyBuffer_FillInfo(view, self, self.at, self.size, 0, flags)


cdef class TLSRecords(Sink):
    """Reads and writes records: the base of trueloop's SSLProtocol, before asyncio's."""

    # What asyncio's code reads and writes, too.
    cdef public object _state
    cdef public object _write_backlog          # deque of what OpenSSL did not take
    cdef public Py_ssize_t _write_buffer_size  # bytes in it
    cdef public Py_ssize_t _incoming_high_water
    cdef public Py_ssize_t _incoming_low_water
    cdef public Py_ssize_t _outgoing_high_water
    cdef public Py_ssize_t _outgoing_low_water
    cdef public bint _app_reading_paused       # the application wants nothing now
    cdef public bint _app_writing_paused       # the application was asked to write nothing
    cdef public bint _ssl_reading_paused       # we asked the transport for nothing more
    cdef public bint _ssl_writing_paused       # the transport asked us for nothing more
    cdef public bint _app_protocol_is_buffer

    # The same under asyncio's names: properties, below.
    cdef object transport
    cdef object app_protocol
    cdef object sslobj
    cdef object incoming
    cdef object outgoing

    cdef StreamTransport below     # the transport, if it is native; else None
    cdef Sink sink                 # the application's protocol, if it is native; else None
    cdef bint by_the_book          # the ssl module's objects are its own, and what follows is set
    cdef object put                # incoming.write
    cdef object read_one           # the read() below SSLObject's, ...
    cdef tuple read_arguments      # ... called with these: (0: as much as fits, the window)
    cdef object write_one          # likewise write()
    cdef object fetch              # outgoing.read
    cdef Window window

    cdef Py_ssize_t records        # whole ones that have arrived and were not read
    cdef Py_ssize_t sealed         # bytes of these, without headers
    cdef Py_ssize_t length         # of the record that is arriving
    cdef Py_ssize_t missing        # bytes of it that have not arrived
    cdef unsigned char header[HEADER]
    cdef int header_bytes          # how much of its header has arrived; all of it: HEADER
    cdef bint is_lost              # what arrived is no sequence of records: count no more

    cdef bint more                 # there may be more to read than fitted
    cdef bint ended                # close_notify was read
    cdef bint may_answer           # OpenSSL read something that is not the application's

    def __cinit__(self):
        self.window = Window.__new__(Window)
        self.read_arguments = (0, self.window)

    # -- what is cached of what may be replaced

    @property
    def max_size(self):
        # Until all is set up, none: asyncio begins with a buffer of that size, which only
        # transports of others use. It makes it when one of them asks.
        return 0 if self.sslobj is None else 256 * 1024

    @property
    def _transport(self):
        return self.transport

    @_transport.setter
    def _transport(self, transport):
        self.transport = transport
        self.below = transport if type(transport) is StreamTransport else None

    @property
    def _app_protocol(self):
        return self.app_protocol

    @_app_protocol.setter
    def _app_protocol(self, protocol):
        self.app_protocol = protocol
        self.sink = protocol if isinstance(protocol, Sink) else None

    @property
    def _sslobj(self):
        return self.sslobj

    @_sslobj.setter
    def _sslobj(self, sslobj):
        self.sslobj = sslobj
        self.look_at_ssl()

    @property
    def _incoming(self):
        return self.incoming

    @_incoming.setter
    def _incoming(self, incoming):
        self.incoming = incoming
        self.look_at_ssl()

    @property
    def _outgoing(self):
        return self.outgoing

    @_outgoing.setter
    def _outgoing(self, outgoing):
        self.outgoing = outgoing
        self.look_at_ssl()

    cdef int look_at_ssl(self) except -1:
        """Take the methods from the ssl module's objects, if all are what one expects."""
        self.by_the_book = (
            type(self.sslobj) is _SSLObject
            and type(self.incoming) is _MemoryBIO
            and type(self.outgoing) is _MemoryBIO
            and _SSLObject.read is _read
            and _SSLObject.write is _write
        )
        if self.by_the_book:
            self.put = self.incoming.write
            self.read_one = self.sslobj._sslobj.read
            self.write_one = self.sslobj._sslobj.write
            self.fetch = self.outgoing.read
        return 0

    # -- what arrives

    cdef bint take(self, const char *data, Py_ssize_t size) except -1:
        """Everything, in any state: a native transport need not ask for a buffer."""
        cdef StreamTransport below = self.below
        if below is None:  # TLS within TLS: the outer one has seen to the context
            self.receive(data, size)
            return True
        context = <PyObject *>below._context  # owned by the transport, which is held here
        PyContext_Enter(context)
        try:
            self.receive(data, size)
        except (SystemExit, KeyboardInterrupt):
            raise
        except BaseException as exc:
            below.fatal(exc, "Fatal error: protocol.buffer_updated() call failed.")
        finally:
            PyContext_Exit(context)
        return True

    def buffer_updated(self, nbytes):
        """For transports of others, which have filled what get_buffer() gave them."""
        cdef Py_buffer view
        PyObject_GetBuffer(self._ssl_buffer_view, &view, PyBUF_SIMPLE)
        try:
            self.receive(<char *>view.buf, min(nbytes, view.len))
        finally:
            PyBuffer_Release(&view)

    cdef int receive(self, const char *data, Py_ssize_t size) except -1:
        cdef PyObject *result
        if not self.by_the_book:
            self.incoming.write(data[:size])
        else:
            self.count_records(<const unsigned char *>data, size)
            self.window.at = <char *>data
            self.window.size = size
            result = PyObject_CallOneArg(<PyObject *>self.put, <PyObject *>self.window)
            if result == NULL:
                return -1
            Py_DECREF(<object>result)
        if self._state is WRAPPED:
            if not self.by_the_book:
                self._do_read()
            elif self.is_certain() and not self._app_reading_paused:
                if self.records:
                    self.pull(True)
            else:
                self.pull(False)
        elif self._state is DO_HANDSHAKE:
            self._do_handshake()
        elif self._state is FLUSHING:
            self._do_flush()
        elif self._state is SHUTDOWN:
            self._do_shutdown()
        return 0

    def count_what_is_there(self):
        """Count what others have put into the incoming MemoryBIO."""
        if self.by_the_book and self.incoming.pending:
            data = self.incoming.read()
            self.count_records(data, len(data))
            self.incoming.write(data)

    cdef bint is_certain(self) noexcept:
        """Whether the count of records may be relied upon.

        What is not read counts towards the limit at which the transport is paused, so that has to
        be above the longest part of a record.
        """
        return (
            not self.is_lost
            and not self._ssl_reading_paused
            and self._incoming_high_water > HEADER + LONGEST
        )

    cdef void count_records(self, const unsigned char *data, Py_ssize_t size) noexcept:
        cdef Py_ssize_t step
        while size and not self.is_lost:
            if self.header_bytes < HEADER:
                self.header[self.header_bytes] = data[0]
                self.header_bytes += 1
                data += 1
                size -= 1
                if self.header_bytes < HEADER:
                    continue
                self.length = self.missing = self.header[3] << 8 | self.header[4]
                self.is_lost = (
                    self.header[0] < 20
                    or self.header[0] > 24
                    or self.header[1] != 3
                    or self.length > LONGEST
                )
            step = min(size, self.missing)
            data += step
            size -= step
            self.missing -= step
            if self.missing == 0:
                self.records += 1
                self.sealed += self.length
                self.header_bytes = 0

    # -- reading

    def _do_read(self):
        if not self.by_the_book:
            _SSLProtocol._do_read(self)
        elif self._state is WRAPPED or self._state is FLUSHING:
            self.pull(False)

    cdef int pull(self, bint certain) except -1:
        """Read what has arrived; `certain`: as many records as were counted."""
        try:
            if not self._app_reading_paused:
                self.may_answer = not certain
                if self.sink is not None:
                    self.give_sink(certain)
                elif self._app_protocol_is_buffer:
                    self.fill_buffer(certain)
                else:
                    self.give_bytes(certain)
                if PyObject_Size(self._write_backlog):
                    self._do_write()
                elif self.may_answer:
                    self.flush()
                else:
                    self.control_app_writing()
            if not certain or self._ssl_reading_paused:
                self._control_ssl_reading()
        except Exception as exc:
            self._fatal_error(exc, "Fatal error on SSL protocol")
        return 0

    cdef int give_bytes(self, bint certain) except -1:
        """Give the protocol all that there is, as one bytes object."""
        cdef Py_ssize_t most = self.sealed - OVERHEAD * self.records
        cdef Py_ssize_t n
        cdef object data = None
        cdef list pieces
        cdef bint ended
        if most <= SMALL:
            n = self.read(scratch, SCRATCH, certain)
            if n:
                data = tl_received_bytes(scratch, n)
        else:
            data = self.read_bytes(most, certain)
        if self.more:
            pieces = [data]
            while self.more:
                pieces.append(self.read_bytes(SCRATCH, certain))
            data = b"".join(pieces)
        ended = self.ended
        if data:
            PyObject_CallMethodOneArg(self.app_protocol, data_received, data)
        return self.end() if ended else 0

    cdef int give_sink(self, bint certain) except -1:
        """Give a native protocol what there is, a record at a time, until it wants no more."""
        cdef Py_ssize_t n
        cdef bint ended = False
        self.more = True
        while self.more and self.sink is not None and not self._app_reading_paused:
            n = self.read(scratch, SCRATCH, certain)
            ended = self.ended
            if n and not self.sink.take(scratch, n):
                self.sink = None
                data = tl_received_bytes(scratch, n)
                PyObject_CallMethodOneArg(self.app_protocol, data_received, data)
        return self.end() if ended else 0

    cdef int fill_buffer(self, bint certain) except -1:
        """Read into the protocol's own buffer; what does not fit waits for the next pass."""
        cdef Py_buffer view
        cdef Py_ssize_t n
        cdef bint ended
        PyObject_GetBuffer(
            self._app_protocol_get_buffer(self._get_read_buffer_size()), &view, PyBUF_WRITABLE
        )
        try:
            n = self.read(<char *>view.buf, view.len, certain)
            ended = self.ended or view.len == 0  # as asyncio understands that
        finally:
            PyBuffer_Release(&view)
        if self.more and not ended:
            self._loop.call_soon(self._do_read)
        if n:
            self._app_protocol_buffer_updated(n)
        return self.end() if ended else 0

    cdef int end(self) except -1:
        """close_notify has come."""
        self._call_eof_received()
        self._start_shutdown()
        return 0

    cdef object read_bytes(self, Py_ssize_t most, bint certain):
        """What there is, but not more than `most` bytes."""
        cdef PyObject *data = PyBytes_FromStringAndSize(NULL, most)
        cdef Py_ssize_t n
        try:
            n = self.read(PyBytes_AS_STRING(<object>data), most, certain)
        except BaseException:
            Py_DECREF(<object>data)
            raise
        _PyBytes_Resize(&data, n)
        result = <object>data
        Py_DECREF(result)
        return result

    cdef Py_ssize_t read(self, char *to, Py_ssize_t room, bint certain) except -1:
        """Read records into `to` until there are none, or it is full; sets `more` and `ended`."""
        cdef Py_ssize_t got = 0
        cdef Py_ssize_t n
        self.ended = False
        self.more = True
        while got < room:
            n = self.read_record(to + got, room - got)
            if n <= 0:
                self.more = False
                self.ended = n == 0
                self.may_answer = True
                break
            got += n
            if got == room:  # perhaps not the whole record
                return got
            if self.records:
                self.records -= 1
            if certain and not self.records:
                self.more = False
                break
        if not self.more:
            self.records = 0
            self.sealed = 0
        return got

    cdef Py_ssize_t read_record(self, char *to, Py_ssize_t room) except -2:
        """What one record holds, or as much of it as fits: bytes.

        0: close_notify. -1: there is no whole record.
        """
        cdef PyObject *count
        cdef Py_ssize_t n
        self.window.at = to
        self.window.size = room
        count = PyObject_Call(<PyObject *>self.read_one, <PyObject *>self.read_arguments, NULL)
        if count == NULL:
            if not PyErr_ExceptionMatches(<PyObject *>_again):
                return -2
            PyErr_Clear()
            return -1
        n = PyLong_AsSsize_t(count)
        Py_DECREF(<object>count)
        return n

    # -- writing

    def _write_appdata(self, list_of_data):
        if self.may_write():
            list_of_data = list(list_of_data)
            try:
                data = b"".join(list_of_data)
            except TypeError:
                pass  # asyncio's way of telling that is another one
            else:
                self.write(data)
                return
        _SSLProtocol._write_appdata(self, list_of_data)

    cdef bint may_write(self) except -1:
        """Whether what is written goes to OpenSSL at once."""
        return (
            self._state is WRAPPED
            and self.by_the_book
            and not PyObject_Size(self._write_backlog)
        )

    cdef int write(self, object data) except -1:
        """Encipher `data` and send it; may_write() is true."""
        cdef Py_buffer view
        if TL_FREE_THREADED and self.below is not None:  # it raises before anything is enciphered
            self.below.ready.check_thread(self.below, "transport.write()")
        try:
            if type(data) is bytes:
                self.encipher(PyBytes_AS_STRING(data), PyBytes_GET_SIZE(data))
            else:
                PyObject_GetBuffer(data, &view, PyBUF_SIMPLE)
                try:
                    self.encipher(<char *>view.buf, view.len)
                finally:
                    PyBuffer_Release(&view)
            self.flush()
        except Exception as exc:
            self._fatal_error(exc, "Fatal error on SSL protocol")
        return 0

    cdef int encipher(self, char *data, Py_ssize_t size) except -1:
        """Make records of it; what OpenSSL does not take now is kept."""
        cdef PyObject *count
        cdef Py_ssize_t n
        cdef Py_ssize_t done = 0
        cdef Py_ssize_t flushed = 0
        while done < size:
            self.window.at = data + done
            self.window.size = min(size - done, LONGEST_WRITE)
            count = PyObject_CallOneArg(<PyObject *>self.write_one, <PyObject *>self.window)
            if count == NULL:
                if not PyErr_ExceptionMatches(<PyObject *>_again):
                    return -1
                PyErr_Clear()
                self._write_backlog.append(data[done:size])
                self._write_buffer_size += size - done
                return 0
            n = PyLong_AsSsize_t(count)
            Py_DECREF(<object>count)
            done += n
            if done - flushed >= FLUSH and done < size:
                self.send()
                flushed = done
        return 0

    def _process_outgoing(self):
        if self.by_the_book:
            self.flush()
        else:
            _SSLProtocol._process_outgoing(self)

    cdef int flush(self) except -1:
        """Give the transport the records that OpenSSL has made."""
        self.send()
        return self.control_app_writing()

    cdef int send(self) except -1:
        cdef object data
        if self._ssl_writing_paused:
            return 0
        data = PyObject_CallNoArgs(self.fetch)
        if PyBytes_GET_SIZE(data) == 0:
            return 0
        if self.below is not None:
            return self.below.send(data)
        self.transport.write(data)
        return 0

    cdef int control_app_writing(self) except -1:
        """Ask asyncio whether the application is to write on or not, if that can have changed."""
        cdef Py_ssize_t size = self._write_buffer_size
        if self._ssl_writing_paused:
            size += self.outgoing.pending  # else it is empty
        if (
            size <= self._outgoing_low_water
            if self._app_writing_paused
            else size >= self._outgoing_high_water
        ):
            self._control_app_writing()
        return 0


cdef class TLSWriter:
    """What the application writes with: the base of trueloop's _SSLProtocolTransport.

    Has no fields: asyncio's class has slots, and a class can have such things from one base only.
    """

    def write(self, data):
        """Send bytes, enciphered."""
        if type(data) is not bytes and not isinstance(data, (bytes, bytearray, memoryview)):
            raise TypeError(f"data: expecting a bytes-like instance, got {type(data).__name__}")
        if not PyObject_Size(data):
            return
        protocol = self._ssl_protocol
        if isinstance(protocol, TLSRecords) and (<TLSRecords>protocol).may_write():
            (<TLSRecords>protocol).write(data)
        else:
            protocol._write_appdata((data,))
