"""StreamWriter: asyncio's, native: what is sent on a connection.

Law: write() goes straight into a native transport, and drain() waits while the protocol says so;
all else is asyncio's own code, on attributes that live here. Closing, TLS and end of file are rare.

A transport, a protocol or a reader that is not native, or was given other methods, is asked as
asyncio asks it.

Ownership: a writer owns its transport, protocol and reader.
"""

cimport cython
from cpython.object cimport PyObject
from cpython.ref cimport Py_INCREF

from asyncio import streams

from trueloop.kernel.future cimport Future
from trueloop.kernel.slots cimport (
    METH_NOARGS, METH_O, PyCFunction, PyMethodDef, PyTypeObject, destructor, tl_add_method,
    tl_attribute_count,
)
from trueloop.kernel.stream cimport StreamTransport
from trueloop.primitives.attributes cimport Attributed
from trueloop.primitives.operation cimport (
    FRESH, OVER, PAUSED, RAISING, Operation, make_coroutine, new_future, note_origin,
)
from trueloop.primitives.reader cimport StreamReader, is_native
from trueloop.primitives.readerprotocol cimport StreamReaderProtocol

cdef extern from "Python.h":
    int PyObject_CallFinalizerFromDealloc(PyObject *) noexcept

cdef extern from *:
    """
    #include "pool.h"
    TL_SPARES(drains, 64)
    """
    PyObject *drains_take() noexcept
    bint drains_keep(PyObject *) noexcept

cdef object _StreamReader = streams.StreamReader
cdef object _StreamWriter = streams.StreamWriter


cdef inline bint is_plain(object transport) noexcept:
    """Whether it is a native transport to which nobody has given other methods."""
    return (
        type(transport) is StreamTransport
        and tl_attribute_count(<PyObject *>transport) == 0
    )


@cython.final
cdef class Drain(Operation):
    cdef StreamWriter writer

    stands_for = _StreamWriter.drain.__code__

    def __await__(self):  # and so it has async slots of its own
        return self

    @property
    def __qualname__(self):
        return "StreamWriter.drain"

    cdef object begin(self):
        cdef object reader = self.writer._reader
        cdef object error
        if reader is not None:
            if isinstance(reader, StreamReader) and is_native(<StreamReader>reader):
                error = (<StreamReader>reader)._exception
            else:
                error = reader.exception()
            if error is not None:
                self.stage = RAISING
                return error
        if self.writer.closes():
            # connection_lost() is to be called first: without that, whoever writes and drains in
            # a loop would never see that the connection is gone.
            self.stage = PAUSED
            return None
        return self.wait()

    cdef object wake(self, Future future, object error):
        if future is None:
            return self.wait() if error is None else None
        self.writer._protocol._drain_waiters.remove(future)

    cdef object wait(self):
        cdef StreamReaderProtocol protocol = self.writer._protocol
        cdef Future future
        if protocol._connection_lost:
            self.stage = RAISING
            return ConnectionResetError("Connection lost")
        if protocol._paused:
            future = new_future(protocol._loop)
            protocol._drain_waiters.append(future)
            self.future = future


cdef PyObject *new_drain(PyObject *writer) except NULL:
    """A drain(); most live for a moment, and are used again as they are, as those of queues."""
    cdef PyObject *operation = drains_take()
    if operation == NULL:
        fresh = Drain.__new__(Drain)
        Py_INCREF(fresh)
        operation = <PyObject *>fresh
    else:
        note_origin(<Drain>operation)
    (<Drain>operation).stage = FRESH
    (<Drain>operation).writer = <StreamWriter>writer
    return operation


cdef void drain_dealloc(PyObject *op) noexcept:
    cdef object _writer  # dropped only when the operation may be used again
    if (<Drain>op).stage == OVER:
        _writer = (<Drain>op).writer
        (<Drain>op).writer = None
        if not drains_keep(op):
            drain_dealloc_whole(op)
    elif PyObject_CallFinalizerFromDealloc(op) == 0:
        drain_dealloc_whole(op)


cdef class StreamWriter(Attributed):
    """asyncio.StreamWriter."""

    # asyncio's names: its own code runs on these.
    cdef public object _transport
    cdef public object _protocol
    cdef public object _reader
    cdef public object _loop
    cdef object completed

    def __init__(self, transport, protocol, reader, loop):
        if reader is not None and not isinstance(reader, _StreamReader):
            raise AssertionError
        self._transport = transport
        self._protocol = protocol
        self._reader = reader
        self._loop = loop

    @property
    def _complete_fut(self):
        if self.completed is None:
            self.completed = self._loop.create_future()
            self.completed.set_result(None)
        return self.completed

    @_complete_fut.setter
    def _complete_fut(self, future):
        self.completed = future

    def is_closing(self):
        """Whether the transport is closing or closed."""
        return self.closes()

    cdef object closes(self):
        cdef object transport = self._transport
        if is_plain(transport):
            return bool((<StreamTransport>transport)._closing)
        return transport.is_closing()


# ---- methods made by hand: these are hot, or leave no entry of ours in a traceback

cdef PyObject *writer_write(PyObject *op, PyObject *data) except NULL:
    cdef object transport = (<StreamWriter>op)._transport
    if is_plain(transport):
        (<StreamTransport>transport).send(<object>data)
    else:
        transport.write(<object>data)
    Py_INCREF(None)
    return <PyObject *>None


cdef PyObject *writer_drain(PyObject *op, PyObject *unused) except NULL:
    cdef object protocol = (<StreamWriter>op)._protocol
    cdef object operation
    if isinstance(protocol, StreamReaderProtocol):
        if (<StreamReaderProtocol>protocol).drains_natively():
            return new_drain(op)
    operation = _StreamWriter.drain(<object>op)
    Py_INCREF(operation)
    return <PyObject *>operation


cdef PyMethodDef _write_method
_write_method.ml_name = "write"
_write_method.ml_meth = <PyCFunction><void *>writer_write
_write_method.ml_flags = METH_O
_write_method.ml_doc = b"Send bytes; what cannot be sent at once is buffered."

cdef PyMethodDef _drain_method
_drain_method.ml_name = "drain"
_drain_method.ml_meth = <PyCFunction><void *>writer_drain
_drain_method.ml_flags = METH_NOARGS
_drain_method.ml_doc = (
    b"Wait while more is buffered than the transport likes; raises what has ended the connection."
)

tl_add_method(<PyTypeObject *>StreamWriter, &_write_method)
tl_add_method(<PyTypeObject *>StreamWriter, &_drain_method)

make_coroutine(<PyTypeObject *>Drain)
cdef destructor drain_dealloc_whole = (<PyTypeObject *>Drain).tp_dealloc
(<PyTypeObject *>Drain).tp_dealloc = drain_dealloc
