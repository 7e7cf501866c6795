"""Sink: a native protocol, which takes what has arrived as it lies in memory.

Law: a door between a transport, which knows nothing of what stands behind it, and whatever derives
from this. An asyncio.Protocol besides: whatever is rare still goes through that.

A transport asks it first, and makes no bytes object for data_received(). Nobody has entered the
connection's context: what may run Python code is to be refused.
"""


cdef class Sink:
    """A protocol to which a native transport need not speak Python."""

    cdef bint take(self, const char *data, Py_ssize_t size) except -1:
        return False
