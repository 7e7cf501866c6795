"""Echo by asyncio's streams: the server's CPU for 1 KiB there and back, by each way to read."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from benchmarks.macro.echo_protocol import BACKLOG, SIZE_BYTES, WARM_UP, WINDOWS
from benchmarks.macro.load import load
from benchmarks.workload import Meter, Workload


async def by_readexactly(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        try:
            data = await reader.readexactly(SIZE_BYTES)
        except asyncio.IncompleteReadError:
            return writer.close()
        writer.write(data)
        await writer.drain()


async def by_readline(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.readline():
        writer.write(data)
        await writer.drain()
    writer.close()


async def by_read(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def echo(handler: Handler, connections: int) -> Callable[[Meter, int], Awaitable[None]]:
    """Return the body of the workload for one way to read and so many connections."""

    async def body(meter: Meter, operations: int) -> None:
        server = await asyncio.start_server(handler, "127.0.0.1", 0, backlog=BACKLOG)
        port = server.sockets[0].getsockname()[1]
        warm_up = max(1, min(WARM_UP, operations // connections))
        async with load(
            port, connections=connections, size_bytes=SIZE_BYTES, warm_up=warm_up
        ) as client:
            for _ in range(WINDOWS):
                with meter:
                    await client.exchange(operations)
        server.close()

    return body


def _row(handler: Handler, connections: int) -> Workload:
    how = handler.__name__.removeprefix("by_")
    return Workload(
        f"echo_streams_{how}_1k_c{connections}",
        f"one request of 1 KiB answered, by {how}() and write(), {connections} connections",
        20_000,
        echo(handler, connections),
        repetitions=1,
        smallest=connections,
        scheduling=False,
    )


ROWS = tuple(
    _row(handler, connections)
    for handler in (by_readexactly, by_readline, by_read)
    for connections in (1, 50)
)
