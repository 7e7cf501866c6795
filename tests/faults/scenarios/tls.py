"""TLS over TCP, and a connection that is upgraded."""

import asyncio
import contextlib
import functools
import tempfile

from tests.certificate import Certificate
from tests.faults.scenarios import ending_with_what_is_told

DATA = bytes(range(256)) * 300


@functools.cache
def _contexts():
    with tempfile.TemporaryDirectory() as folder:
        made = Certificate(folder)
        return made.server_context(), made.client_context()


async def _echo(reader, writer):
    try:
        while data := await reader.read(5000):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()


async def _ask(reader, writer):
    try:
        writer.write(DATA)
        assert await reader.readexactly(len(DATA)) == DATA
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


async def streams():
    """open_connection and start_server, encrypted."""
    serving, calling = _contexts()
    server = await asyncio.start_server(_echo, "127.0.0.1", 0, ssl=serving)
    try:
        address = server.sockets[0].getsockname()
        async with ending_with_what_is_told():
            await _ask(*await asyncio.open_connection(*address, ssl=calling))
    finally:
        server.close()


async def upgrade():
    """start_tls on both ends of a plain connection."""
    serving, calling = _contexts()

    async def serve(reader, writer):
        try:
            assert await reader.readexactly(1) == b"?"
            writer.write(b"!")
            await writer.start_tls(serving)
            await _echo(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        async with ending_with_what_is_told():
            reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
            try:
                writer.write(b"?")
                assert await reader.readexactly(1) == b"!"
                await writer.start_tls(calling, server_hostname="localhost")
                await _ask(reader, writer)
            finally:
                writer.close()
    finally:
        server.close()
