"""StreamReaderProtocol: asyncio's, native: joins a StreamReader and a StreamWriter to a transport.

Law: hands on what has arrived; everything else a connection goes through, from connection_made() to
connection_lost(), is asyncio's own code, on attributes that live here.

A native transport does not call data_received(): it gives the bytes where they lie
(kernel/sink.pxd), and they go into the reader's buffer. Unless the program has overridden or
replaced anything on that way, which two comparisons tell, as in queues.pyx.

Ownership: as in asyncio, the reader is held weakly, but for a server's until the connection is
made.
"""

from cpython.object cimport PyObject
from cpython.ref cimport Py_DECREF

from asyncio import streams

from trueloop.kernel.slots cimport tl_attribute_count
from trueloop.primitives.operation cimport is_own
from trueloop.primitives.reader cimport StreamReader

cdef extern from "cpython.h":
    unsigned int tl_class_version(PyObject *) noexcept
    PyObject *tl_referent(PyObject *) noexcept

cdef object _Protocol = streams.StreamReaderProtocol
# 3.11.0 and 3.11.1 let one task drain at a time.
cdef bint ONE_DRAINS = "_drain_waiters" not in _Protocol._drain_helper.__code__.co_names


cdef class StreamReaderProtocol(Sink):
    """asyncio.StreamReaderProtocol."""

    def __cinit__(self, *args, **kwargs):
        self.seen_size = -1

    @property
    def _closed(self):
        if self.closed is None:
            raise AttributeError("_closed")
        return self.closed

    @_closed.setter
    def _closed(self, closed):
        self.closed = closed

    def data_received(self, data):
        """Bytes have come."""
        reader = self._stream_reader
        if reader is not None:
            reader.feed_data(data)

    cdef int look(self) except -1:
        """Find out what was overridden or replaced, unless that is known."""
        cdef Py_ssize_t size = tl_attribute_count(<PyObject *>self)
        cdef unsigned int version = tl_class_version(<PyObject *>self)
        if version == self.seen_version and size == self.seen_size:
            return 0
        self.foreign = not (
            is_own(self, "data_received", _own_data_received)
            and is_own(self, "_stream_reader", _own_stream_reader)
        )
        self.waits_otherwise = ONE_DRAINS or not is_own(self, "_drain_helper", _own_drain_helper)
        version = tl_class_version(<PyObject *>self)  # the look has given it one, if it had none
        self.seen_size = size if version else -1
        self.seen_version = version
        return 0

    cdef bint drains_natively(self) except -1:
        self.look()
        return not self.waits_otherwise

    cdef bint take(self, const char *data, Py_ssize_t size) except -1:
        cdef object reader
        cdef PyObject *found
        self.look()
        if self.foreign:
            return False
        found = tl_referent(<PyObject *>self._stream_reader_wr)
        if found == NULL:
            return False
        reader = <object>found
        Py_DECREF(reader)  # `reader` owns it now
        return isinstance(reader, StreamReader) and (<StreamReader>reader).feed(data, size)


cdef object _own_data_received = vars(StreamReaderProtocol)["data_received"]
cdef object _own_stream_reader = vars(_Protocol)["_stream_reader"]
cdef object _own_drain_helper = streams.FlowControlMixin._drain_helper
