"""Streams: the classes that a program sees, and the functions that make them.

Law: adds nothing to the native classes but what asyncio's have besides. Each is asyncio's too: what
is rare runs asyncio's own code, of the running version, on the attributes of the native one.

That code is to make native readers and writers. Under accelerate() it finds them by their names in
asyncio.streams; here it is given other globals, in which those names stand for ours.
"""

from __future__ import annotations

import asyncio
from asyncio import streams
from types import FunctionType
from typing import TYPE_CHECKING, Any

from trueloop.primitives import reader, readerprotocol, writer
from trueloop.primitives.attributes import bind_methods

_asyncios: Any = streams
_names = dict(vars(streams))


def _ours(function: Any) -> Any:
    """A function of asyncio's, with our classes where it says asyncio's."""
    made = FunctionType(
        function.__code__,
        _names,
        function.__name__,
        function.__defaults__,
        function.__closure__,
    )
    made.__kwdefaults__ = function.__kwdefaults__
    made.__doc__ = function.__doc__
    made.__qualname__ = function.__qualname__
    return made


class StreamReader(reader.StreamReader, asyncio.StreamReader):
    """asyncio.StreamReader, native."""


class StreamWriter(writer.StreamWriter, asyncio.StreamWriter):
    """asyncio.StreamWriter, native."""


class StreamReaderProtocol(readerprotocol.StreamReaderProtocol, asyncio.StreamReaderProtocol):
    """asyncio.StreamReaderProtocol, native."""

    if not TYPE_CHECKING:
        connection_made = _ours(asyncio.StreamReaderProtocol.connection_made)


for _face in (StreamReader, StreamReaderProtocol, StreamWriter):
    _names[_face.__name__] = _face
    _face.__module__ = "trueloop"
    bind_methods(_face)

open_connection = _ours(_asyncios.open_connection)
start_server = _ours(_asyncios.start_server)
open_unix_connection = _ours(_asyncios.open_unix_connection)
start_unix_server = _ours(_asyncios.start_unix_server)
