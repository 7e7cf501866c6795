"""Idle connections of a server, by Protocol and by streams; the kernel's buffers do not count."""

import asyncio
from contextlib import AsyncExitStack

from benchmarks.connections import allow_files
from benchmarks.footprint.scales import row, weighed
from benchmarks.load import load
from benchmarks.macro.echo_protocol import Echo
from benchmarks.macro.echoing import KIB
from benchmarks.workload import Meter, Unavailable

BACKLOG = 4096
SPARE_FILES = 100


async def _echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(KIB):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _weigh(server: asyncio.Server, meter: Meter, connections: int) -> None:
    if not allow_files(connections + SPARE_FILES):
        raise Unavailable(f"{connections} connections need a higher limit of open files")
    port = server.sockets[0].getsockname()[1]
    client = load(port, connections=connections, size_bytes=KIB, warm_up=1)
    async with AsyncExitStack() as stack:
        with weighed(meter, connections):
            await stack.enter_async_context(client)
    server.close()


async def memory_connection(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)
    await _weigh(server, meter, operations)


async def memory_stream(meter: Meter, operations: int) -> None:
    server = await asyncio.start_server(_echo, "127.0.0.1", 0, backlog=BACKLOG)
    await _weigh(server, meter, operations)


ROWS = (
    row("memory_connection", "an open connection of an echo Protocol", 2_000, memory_connection),
    row(
        "memory_stream",
        "an open connection of an echo by streams, its task included",
        2_000,
        memory_stream,
    ),
)
