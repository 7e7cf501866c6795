"""StreamReader: asyncio's, native: what has arrived on a connection, for one who reads it.

Law: who waits for bytes, and how many of them he gets. Where they lie is in readbuffer.pyx, where
they come from in readerprotocol.pyx.

A program may override or replace any method, on the class or on one object, at any time. As with
queues (queues.pyx), two comparisons tell. Then asyncio's own code runs, on attributes of asyncio's
names that live here; it runs too where arguments are of unusual types, so that whatever it makes of
them stays its business. What is rare (set_exception, feed_eof, repr) is always asyncio's.

Ownership: a reader owns its buffer, its transport, and the future of the one who waits.
"""

cimport cython
from cpython.bytes cimport PyBytes_AS_STRING, PyBytes_GET_SIZE
from cpython.exc cimport PyErr_Clear
from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF, Py_INCREF

from asyncio import streams
from asyncio.exceptions import IncompleteReadError, LimitOverrunError

from trueloop.kernel.differences cimport UNTIL_TAKES_TUPLES
from trueloop.kernel.future cimport PENDING, Future
from trueloop.kernel.slots cimport (
    METH_FASTCALL, METH_KEYWORDS, METH_NOARGS, METH_O, PyCFunction, PyMethodDef, PyTypeObject,
    destructor, tl_add_method,
)
from trueloop.primitives.arguments cimport needed_argument, only_argument
from trueloop.primitives.attributes cimport attribute_count
from trueloop.primitives.operation cimport (
    FRESH, OVER, RAISING, Operation, is_own, make_coroutine, new_future, note_origin,
)

cdef extern from "Python.h":
    bint PyLong_CheckExact(PyObject *) noexcept
    Py_ssize_t PyLong_AsSsize_t(PyObject *) noexcept
    PyObject *PyErr_Occurred() noexcept
    int PyObject_CallFinalizerFromDealloc(PyObject *) noexcept

cdef extern from "cpython.h":
    unsigned int tl_class_version(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_SPARES(readings, 64)
    """
    PyObject *readings_take() noexcept
    bint readings_keep(PyObject *) noexcept

cdef object _StreamReader = streams.StreamReader
cdef object _IncompleteReadError = IncompleteReadError
cdef object _LimitOverrunError = LimitOverrunError
cdef Py_ssize_t _DEFAULT_LIMIT = streams._DEFAULT_LIMIT
cdef Py_ssize_t LARGEST = (<Py_ssize_t>1) << 60
cdef bytes NEWLINE = b"\n"

cdef enum What:
    SOME           # read(n)
    ALL            # read(-1)
    EXACTLY        # readexactly(n)
    UNTIL          # readuntil(separator)
    LINE           # readline()
    NEXT_LINE      # __anext__()

cdef tuple _NAMES = ("read", "read", "readexactly", "readuntil", "readline", "__anext__")
cdef tuple _CODES = tuple([getattr(_StreamReader, name).__code__ for name in _NAMES])


# ---- read, readexactly, readuntil, readline, async for

@cython.final
cdef class Reading(Operation):
    cdef StreamReader reader
    cdef char what                 # a What
    cdef bint waited               # SOME, ALL: for this piece
    cdef Py_ssize_t size           # SOME, EXACTLY: how many bytes; else where to search on
    cdef object separator          # bytes; or a list of them, the shortest first
    cdef list pieces               # ALL: what was read

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def stands_for(self):
        return _CODES[self.what]

    @property
    def __qualname__(self):
        return "StreamReader." + _NAMES[self.what]

    cdef object begin(self):
        if self.what == EXACTLY and self.size < 0:
            return self.failed(ValueError("readexactly size can not be less than zero"))
        if self.reader._exception is not None:
            return self.failed(self.reader._exception)
        if self.size == 0 and (self.what == SOME or self.what == EXACTLY):
            return b""
        return self.proceed()

    cdef object wake(self, Future future, object error):
        self.reader._waiter = None
        return self.proceed() if error is None else None

    cdef object failed(self, object error):
        self.stage = RAISING
        return error

    cdef object proceed(self):
        """Take what there is, or wait."""
        cdef char what = self.what
        if what == SOME:
            return self.some()
        if what == EXACTLY:
            return self.exactly()
        if what == ALL:
            return self.all()
        if what == UNTIL:
            return self.until()
        return self.line()

    cdef object wait(self):
        """Wait until data or the end has come."""
        cdef StreamReader reader = self.reader
        cdef Future future
        if reader._waiter is not None:
            name = "readuntil" if self.what > UNTIL else _NAMES[self.what]
            return self.failed(
                RuntimeError(
                    f"{name}() called while another coroutine is already waiting for incoming data"
                )
            )
        if reader._paused:  # or nothing would ever come
            reader._paused = False
            reader._transport.resume_reading()
        future = new_future(reader._loop)
        reader._waiter = future
        self.future = future

    cdef object some(self):
        cdef StreamReader reader = self.reader
        cdef object data
        if not self.waited and not reader._eof and not reader.buffer.count():
            self.waited = True
            return self.wait()
        data = reader.buffer.take(self.size)
        reader.resume()
        return data

    cdef object all(self):
        cdef StreamReader reader = self.reader
        cdef Py_ssize_t count
        while True:
            if not self.waited:
                if reader._exception is not None:
                    return self.failed(reader._exception)
                if not reader._eof and not reader.buffer.count():
                    self.waited = True
                    return self.wait()
            self.waited = False
            count = reader.buffer.count()
            if reader._exception is not None:  # asyncio reads piece by piece, and will stop here
                count = min(count, reader.limit)
            data = reader.buffer.take(count)
            reader.resume()
            if not data:
                return b"".join(self.pieces)
            self.pieces.append(data)

    cdef object exactly(self):
        cdef StreamReader reader = self.reader
        cdef Py_ssize_t count = reader.buffer.count()
        cdef object data
        if count < self.size:
            if not reader._eof:
                return self.wait()
            return self.failed(_IncompleteReadError(reader.buffer.take(count), self.size))
        data = reader.buffer.take(self.size)
        reader.resume()
        return data

    cdef object until(self):
        cdef StreamReader reader = self.reader
        cdef Py_ssize_t start = -1
        cdef Py_ssize_t end = -1
        cdef Py_ssize_t count = reader.buffer.count()
        cdef Py_ssize_t longest
        cdef object data
        if type(self.separator) is bytes:
            longest = PyBytes_GET_SIZE(self.separator)
            start = reader.buffer.find(<bytes>self.separator, self.size)
            end = start + longest
        else:
            longest = len(self.separator[-1])
            for separator in self.separator:
                found = reader.buffer.find(<bytes>separator, self.size)
                if found >= 0 and (start < 0 or found + len(separator) < end):
                    start = found
                    end = found + len(separator)
        if start < 0:
            # What is here has been searched, but for where a separator may have begun.
            self.size = max(self.size, count + 1 - longest)
            if self.size > reader.limit:
                return self.overrun("Separator is not found, and chunk exceed the limit", self.size)
            if not reader._eof:
                return self.wait()
            return self.failed(_IncompleteReadError(reader.buffer.take(count), None))
        if start > reader.limit:
            return self.overrun("Separator is found, but chunk is longer than limit", start)
        data = reader.buffer.take(end)
        reader.resume()
        return data

    cdef object overrun(self, str message, Py_ssize_t consumed):
        return self.failed(_LimitOverrunError(message, consumed))

    cdef object line(self):
        cdef StreamReader reader = self.reader
        cdef object line = self.until()
        cdef Py_ssize_t consumed
        if self.stage == RAISING:
            if isinstance(line, _IncompleteReadError):
                self.stage = OVER
                line = line.partial
            elif isinstance(line, _LimitOverrunError):
                consumed = line.consumed
                if reader.buffer.find(NEWLINE, consumed) == consumed:
                    reader.buffer.drop(consumed + 1)
                else:
                    reader.buffer.drop(reader.buffer.count())
                reader.resume()
                error = ValueError(line.args[0])
                error.__context__ = line
                return error
        if self.what == NEXT_LINE and self.future is None and self.stage == OVER and not line:
            return self.failed(StopAsyncIteration())
        return line


# Most of them live for a moment: they are used again as they are, as those of queues.

cdef PyObject *new_reading(
    PyObject *reader, What what, Py_ssize_t size, PyObject *separator
) except NULL:
    cdef PyObject *operation = readings_take()
    if operation == NULL:
        fresh = Reading.__new__(Reading)
        Py_INCREF(fresh)
        operation = <PyObject *>fresh
    else:
        note_origin(<Reading>operation)
    (<Reading>operation).stage = FRESH
    (<Reading>operation).reader = <StreamReader>reader
    (<Reading>operation).what = what
    (<Reading>operation).waited = False
    (<Reading>operation).size = size
    if separator != NULL:
        (<Reading>operation).separator = <object>separator
    if what == ALL:
        (<Reading>operation).pieces = []
    return operation


cdef void reading_dealloc(PyObject *op) noexcept:
    cdef object _reader, _separator, _pieces  # dropped only when it may be used again
    if (<Reading>op).stage == OVER:
        _reader = (<Reading>op).reader
        _separator = (<Reading>op).separator
        _pieces = (<Reading>op).pieces
        (<Reading>op).reader = None
        (<Reading>op).separator = None
        (<Reading>op).pieces = None
        if not readings_keep(op):
            reading_dealloc_whole(op)
    elif PyObject_CallFinalizerFromDealloc(op) == 0:
        reading_dealloc_whole(op)


# ---- the reader

cdef bint is_native(StreamReader reader) except -1:
    if (
        tl_class_version(<PyObject *>reader) == reader.seen_version
        and attribute_count(reader) == reader.seen_size
    ):
        return not reader.foreign
    return reader.look()


cdef class StreamReader(Attributed):
    """asyncio.StreamReader."""

    def __cinit__(self, *args, **kwargs):
        self.buffer = ReadBuffer.__new__(ReadBuffer)
        self.seen_size = -1

    def __init__(self, limit=_DEFAULT_LIMIT, loop=None):
        if loop is None or loop.get_debug() or type(limit) is not int or limit <= 0:
            _StreamReader.__init__(self, limit, loop)
        else:
            self._limit = limit
            self._loop = loop

    def exception(self):
        """What set_exception() was given; None if that was not called."""
        return self._exception

    def at_eof(self):
        """Whether the end has come and everything before it was read."""
        return bool(self._eof and not self.buffer.count())

    def __aiter__(self):
        return self

    def __anext__(self):
        cdef PyObject *operation
        if not is_native(self):
            return _StreamReader.__anext__(self)
        operation = new_reading(<PyObject *>self, NEXT_LINE, 0, <PyObject *>NEWLINE)
        return taken_over(operation)

    # -- how

    @cython.final
    cdef bint look(self) except -1:
        """Find out what was overridden or replaced; whether asyncio's code need not run."""
        cdef Py_ssize_t size = attribute_count(self)
        cdef unsigned int version
        self.foreign = False
        for name, method in _methods:
            if not is_own(self, name, method):
                self.foreign = True
        if self.limit < 0:
            self.foreign = True
        self.refuses = self.foreign or not is_own(self, "feed_data", _own_feed_data)
        version = tl_class_version(<PyObject *>self)  # the look has given it one, if it had none
        self.seen_size = size if version else -1
        self.seen_version = version
        return not self.foreign

    @cython.final
    cdef bint feed(self, const char *data, Py_ssize_t size) except -1:
        """feed_data(), for native callers; False, and nothing is done, if it is to be called."""
        if not is_native(self) or self.refuses or self._eof:
            return False
        self.buffer.add(data, size)
        self.wake()
        self.pause()
        return True

    @cython.final
    cdef int wake(self) except -1:
        """Wake who waits for data."""
        cdef object waiter = self._waiter
        if waiter is None:
            return 0
        self._waiter = None
        if type(waiter) is Future and (<Future>waiter).state == PENDING:
            return (<Future>waiter).settle(None)
        if not waiter.cancelled():
            waiter.set_result(None)
        return 0

    @cython.final
    cdef int pause(self) except -1:
        """Let no more come while there is twice the limit."""
        if self._transport is None or self._paused or self.buffer.count() <= 2 * self.limit:
            return 0
        try:
            self._transport.pause_reading()
        except NotImplementedError:
            self._transport = None  # it cannot be paused: ask it no more
        else:
            self._paused = True
        return 0

    @cython.final
    cdef int resume(self) except -1:
        """Let more come if there is room again."""
        if self._paused and self.buffer.count() <= self.limit:
            self._paused = False
            self._transport.resume_reading()
        return 0

    # -- what others read of asyncio's

    @property
    def _buffer(self):
        return self.buffer.show()

    @_buffer.setter
    def _buffer(self, content):
        self.buffer.replace(content if type(content) is bytearray else bytearray(content))

    @property
    def _limit(self):
        return self.given_limit

    @_limit.setter
    def _limit(self, limit):
        self.given_limit = limit
        self.limit = min(max(limit, 0), LARGEST) if type(limit) is int else -1
        self.seen_size = -1


# ---- methods made by hand: these are hot, or leave no entry of ours in a traceback

cdef inline bint fits(PyObject *argument, Py_ssize_t *size) noexcept:
    """Whether an argument is a plain int of ordinary size."""
    if not PyLong_CheckExact(argument):
        return False
    size[0] = PyLong_AsSsize_t(argument)
    if size[0] == -1 and PyErr_Occurred() != NULL:
        PyErr_Clear()
        return False
    return True


cdef inline object taken_over(PyObject *owned):
    """An object to which the caller gives its reference."""
    cdef object result = <object>owned
    Py_DECREF(result)  # `result` owns one
    return result


cdef PyObject *given_away(object operation) except NULL:
    Py_INCREF(operation)
    return <PyObject *>operation


cdef PyObject *reader_read(
    PyObject *op, PyObject **given, Py_ssize_t count, PyObject *names
) except NULL:
    cdef PyObject *argument = only_argument(given, count, names, "StreamReader.read", "n")
    cdef Py_ssize_t size = -1
    if is_native(<StreamReader>op) and (argument == NULL or fits(argument, &size)):
        return new_reading(op, ALL if size < 0 else SOME, size, NULL)
    if argument == NULL:
        return given_away(_StreamReader.read(<object>op))
    return given_away(_StreamReader.read(<object>op, <object>argument))


cdef PyObject *reader_readexactly(
    PyObject *op, PyObject **given, Py_ssize_t count, PyObject *names
) except NULL:
    cdef PyObject *argument = needed_argument(
        given, count, names, "StreamReader.readexactly", "n"
    )
    cdef Py_ssize_t size = 0
    if is_native(<StreamReader>op) and fits(argument, &size):
        return new_reading(op, EXACTLY, size, NULL)
    return given_away(_StreamReader.readexactly(<object>op, <object>argument))


cdef PyObject *reader_readline(PyObject *op, PyObject *unused) except NULL:
    if is_native(<StreamReader>op):
        return new_reading(op, LINE, 0, <PyObject *>NEWLINE)
    return given_away(_StreamReader.readline(<object>op))


cdef PyObject *reader_readuntil(
    PyObject *op, PyObject **given, Py_ssize_t count, PyObject *names
) except NULL:
    cdef PyObject *argument = only_argument(
        given, count, names, "StreamReader.readuntil", "separator"
    )
    cdef object separators
    if argument == NULL:
        argument = <PyObject *>NEWLINE
    if is_native(<StreamReader>op):
        separators = searched(<object>argument)
        if separators is not None:
            return new_reading(op, UNTIL, 0, <PyObject *>separators)
    return given_away(_StreamReader.readuntil(<object>op, <object>argument))


cdef object searched(object separator):
    """What to search for: bytes, or a list of them; None: asyncio is to say what is wrong."""
    if type(separator) is bytes:
        return separator if separator else None
    if not UNTIL_TAKES_TUPLES or not isinstance(separator, tuple) or not separator:
        return None
    for each in separator:
        if type(each) is not bytes or not each:
            return None
    return sorted(separator, key=len)


cdef PyObject *reader_feed_data(PyObject *op, PyObject *data) except NULL:
    cdef StreamReader self = <StreamReader>op
    cdef bytes content
    if type(<object>data) is not bytes or not is_native(self) or self._eof:
        return given_away(_StreamReader.feed_data(self, <object>data))
    content = <bytes>data
    if content:
        self.buffer.add(PyBytes_AS_STRING(content), PyBytes_GET_SIZE(content))
        self.wake()
        self.pause()
    return given_away(None)


cdef PyMethodDef _read_method
_read_method.ml_name = "read"
_read_method.ml_meth = <PyCFunction><void *>reader_read
_read_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_read_method.ml_doc = b"Read what has come, up to `n` bytes; with -1 all that comes until the end."

cdef PyMethodDef _readexactly_method
_readexactly_method.ml_name = "readexactly"
_readexactly_method.ml_meth = <PyCFunction><void *>reader_readexactly
_readexactly_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_readexactly_method.ml_doc = b"Read `n` bytes; IncompleteReadError if the end comes before."

cdef PyMethodDef _readline_method
_readline_method.ml_name = "readline"
_readline_method.ml_meth = <PyCFunction><void *>reader_readline
_readline_method.ml_flags = METH_NOARGS
_readline_method.ml_doc = (
    b"Read up to a newline, or the end; ValueError if the line is longer than the limit."
)

cdef PyMethodDef _readuntil_method
_readuntil_method.ml_name = "readuntil"
_readuntil_method.ml_meth = <PyCFunction><void *>reader_readuntil
_readuntil_method.ml_flags = METH_FASTCALL | METH_KEYWORDS
_readuntil_method.ml_doc = (
    b"Read up to a separator, which is part of the result; IncompleteReadError if the end comes "
    b"before, LimitOverrunError if it is farther away than the limit."
)

cdef PyMethodDef _feed_data_method
_feed_data_method.ml_name = "feed_data"
_feed_data_method.ml_meth = <PyCFunction><void *>reader_feed_data
_feed_data_method.ml_flags = METH_O
_feed_data_method.ml_doc = b"Bytes have come."

tl_add_method(<PyTypeObject *>StreamReader, &_read_method)
tl_add_method(<PyTypeObject *>StreamReader, &_readexactly_method)
tl_add_method(<PyTypeObject *>StreamReader, &_readline_method)
tl_add_method(<PyTypeObject *>StreamReader, &_readuntil_method)
tl_add_method(<PyTypeObject *>StreamReader, &_feed_data_method)

# What asyncio's methods call of each other. Whoever overrides one of these gets all of asyncio's.
cdef tuple _methods = tuple([
    (name, vars(StreamReader).get(name) or vars(_StreamReader)[name])
    for name in (
        "read", "readline", "readuntil", "exception",
        "_wait_for_data", "_wakeup_waiter", "_maybe_resume_transport",
    )
])
cdef object _own_feed_data = vars(StreamReader)["feed_data"]

make_coroutine(<PyTypeObject *>Reading)
cdef destructor reading_dealloc_whole = (<PyTypeObject *>Reading).tp_dealloc
(<PyTypeObject *>Reading).tp_dealloc = reading_dealloc
