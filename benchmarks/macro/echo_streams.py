"""TCP echo with asyncio's streams, by each way to read from one."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from benchmarks.macro import echoing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    Handler = Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

READ_BYTES = 65536


async def by_readexactly(
    size_bytes: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while True:
        try:
            data = await reader.readexactly(size_bytes)
        except asyncio.IncompleteReadError:
            return writer.close()
        writer.write(data)
        await writer.drain()


async def by_readline(
    size_bytes: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while data := await reader.readline():
        writer.write(data)
        await writer.drain()
    writer.close()


async def by_read(
    size_bytes: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    while data := await reader.read(READ_BYTES):
        writer.write(data)
        await writer.drain()
    writer.close()


def served(handler: Handler) -> echoing.Serving:
    """Return what serves with that handler."""

    @asynccontextmanager
    async def serving(size_bytes: int) -> AsyncIterator[int]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await handler(size_bytes, reader, writer)

        server = await asyncio.start_server(handle, "127.0.0.1", 0, backlog=echoing.BACKLOG)
        yield server.sockets[0].getsockname()[1]
        server.close()

    return serving


PROMISED = {1: 0.75, 50: 0.75, 500: 0.75}
ROWS = (
    echoing.workload("streams_readexactly", served(by_readexactly), 1, accelerated=PROMISED),
    echoing.workload("streams_readexactly", served(by_readexactly), 16),
    echoing.workload("streams_readexactly", served(by_readexactly), 100),
    echoing.workload("streams_readline", served(by_readline), 1, (1, 50), accelerated=PROMISED),
    echoing.workload("streams_read", served(by_read), 1, (1, 50), accelerated=PROMISED),
    echoing.workload("streams_read", served(by_read), 100, (50,)),
)
