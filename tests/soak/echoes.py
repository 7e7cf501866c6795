"""Connections of all kinds to echo servers, some of which end badly.

Each client sends pieces of all sizes and holds what comes back against what it has sent. Some are
cancelled, reset their connection or are reset by the server, in the middle of it; those that are
not must get back every byte once.
"""

import asyncio
import contextlib
import random
import socket
import ssl
import struct
import tempfile
from pathlib import Path

from tests.certificate import Certificate
from tests.soak.pattern import piece
from tests.soak.tally import Tally, Wrong, expect

CLIENTS = 12
PATIENCE_S = 100
BOTH_WAYS_AT_LEAST = 64 * 1024  # bytes, that fit into the buffers between two ends
SIZES = (1, 60, 1024, 16_384, 65_537, 300_000)
EXPECTED = (ConnectionError, ssl.SSLError, asyncio.IncompleteReadError, BrokenPipeError)


class EchoProtocol(asyncio.Protocol):
    """Sends back what it receives, as fast as it is read; now and then hangs up instead."""

    def __init__(self, source: random.Random, tally: Tally) -> None:
        self._random = source
        self._tally = tally

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        if self._random.random() < 0.002:
            self._tally.add("connections reset by servers")
            self._transport.abort()
        else:
            self._transport.write(data)

    def pause_writing(self) -> None:
        self._transport.pause_reading()

    def resume_writing(self) -> None:
        self._transport.resume_reading()


class StreamHandlers:
    """The same by streams; knows whether any of them is still at it."""

    def __init__(self) -> None:
        self._count = 0
        self.all_gone = asyncio.Event()
        self.all_gone.set()

    async def echo(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._count += 1
        self.all_gone.clear()
        try:
            with contextlib.suppress(*EXPECTED):
                while data := await reader.read(50_000):
                    writer.write(data)
                    await writer.drain()
            writer.close()
            with contextlib.suppress(*EXPECTED):
                await writer.wait_closed()
        finally:
            self._count -= 1
            if not self._count:
                self.all_gone.set()


async def one_client(connect, source: random.Random, tally: Tally) -> None:
    """Send and compare; end well or badly."""
    reader, writer = await connect()
    sent = 0
    try:
        for _ in range(source.randrange(1, 8)):
            message = piece(sent, source.choice(SIZES))
            writer.write(message)
            if len(message) < BOTH_WAYS_AT_LEAST:  # else both ends might wait for each other
                await writer.drain()
            if await reader.readexactly(len(message)) != message:
                raise Wrong(f"wrong bytes came back after {sent}")
            sent += len(message)
        ending = source.randrange(5)
        if ending == 0:
            tally.add("connections reset by clients")
            linger = struct.pack("ii", 1, 0)
            with contextlib.suppress(OSError):
                writer.get_extra_info("socket").setsockopt(
                    socket.SOL_SOCKET, socket.SO_LINGER, linger
                )
            writer.transport.abort()
            return
        if ending == 1 and writer.can_write_eof():
            writer.write_eof()
            expect("bytes after the end", await reader.read(), b"")
        tally.add("connections that ended well")
        tally.add("bytes there and back", sent)
    finally:
        writer.close()
        with contextlib.suppress(*EXPECTED, TimeoutError):
            await writer.wait_closed()


async def client(connect, source: random.Random, tally: Tally, until: float) -> None:
    """Clients one after the other, each given some time."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        try:
            async with asyncio.timeout(source.choice((0.001, 0.02, 5.0))):
                await one_client(connect, source, tally)
        except TimeoutError:
            tally.add("connections given up")
        except EXPECTED:
            tally.add("connections lost")


async def run(source: random.Random, tally: Tally, until: float) -> None:
    """Servers of all kinds, and their clients."""
    loop = asyncio.get_running_loop()
    handlers = StreamHandlers()
    with tempfile.TemporaryDirectory() as folder:
        certificate = await asyncio.to_thread(Certificate, Path(folder))
        trusting = certificate.client_context()
        path = f"{folder}/echo"
        servers = [
            await loop.create_server(lambda: EchoProtocol(source, tally), "127.0.0.1", 0),
            await asyncio.start_server(handlers.echo, "127.0.0.1", 0),
            await loop.create_server(
                lambda: EchoProtocol(source, tally),
                "127.0.0.1",
                0,
                ssl=certificate.server_context(),
            ),
            await asyncio.start_unix_server(handlers.echo, path),
        ]
        ports = [server.sockets[0].getsockname()[1] for server in servers[:3]]
        connects = (
            lambda: asyncio.open_connection("127.0.0.1", ports[0]),
            lambda: asyncio.open_connection("127.0.0.1", ports[1], limit=1000),
            lambda: asyncio.open_connection("localhost", ports[2], ssl=trusting),
            lambda: asyncio.open_unix_connection(path),
        )
        async with asyncio.TaskGroup() as group:
            for number in range(CLIENTS):
                connect = connects[number % len(connects)]
                group.create_task(client(connect, source, tally, until))
        for server in servers:
            server.close()
            await server.wait_closed()
        # Handlers of connections that their clients have left end by themselves.
        async with asyncio.timeout(PATIENCE_S):
            await handlers.all_gone.wait()
