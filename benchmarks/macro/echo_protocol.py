"""TCP echo with Protocols: the server's CPU for one request of 1 KiB."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import cast

from benchmarks.macro.load import load
from benchmarks.workload import Meter, Workload

SIZE_BYTES = 1024
WARM_UP = 40
BACKLOG = 1024
WINDOWS = 3


class Echo(asyncio.Protocol):
    """Sends back what it receives."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


def echo(connections: int) -> Callable[[Meter, int], Awaitable[None]]:
    """Return the body of the workload for so many connections."""

    async def body(meter: Meter, operations: int) -> None:
        server = await asyncio.get_running_loop().create_server(
            Echo, "127.0.0.1", 0, backlog=BACKLOG
        )
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


def _row(connections: int, target: float) -> Workload:
    return Workload(
        f"echo_protocol_1k_c{connections}",
        f"one request of 1 KiB answered, {connections} connections, the server's CPU alone",
        20_000,
        echo(connections),
        target,
        repetitions=1,
        smallest=connections,
        scheduling=False,
    )


ROWS = (_row(1, 0.95), _row(50, 0.85), _row(500, 0.85))
