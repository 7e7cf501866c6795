"""Unix socket echo with Protocols: the server's CPU for one request of 1 KiB."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from benchmarks.macro.echo_protocol import BACKLOG, SIZE_BYTES, WARM_UP, WINDOWS, Echo
from benchmarks.macro.load import load
from benchmarks.workload import Meter, Workload


def echo(connections: int) -> Callable[[Meter, int], Awaitable[None]]:
    """Return the body of the workload for so many connections."""

    async def body(meter: Meter, operations: int) -> None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "echo")
            server = await asyncio.get_running_loop().create_unix_server(
                Echo, path, backlog=BACKLOG
            )
            warm_up = max(1, min(WARM_UP, operations // connections))
            async with load(
                f"unix:{path}", connections=connections, size_bytes=SIZE_BYTES, warm_up=warm_up
            ) as client:
                for _ in range(WINDOWS):
                    with meter:
                        await client.exchange(operations)
            server.close()

    return body


def _row(connections: int) -> Workload:
    return Workload(
        f"echo_unix_1k_c{connections}",
        f"one request of 1 KiB answered over a Unix socket, {connections} connections, the "
        "server's CPU alone",
        20_000,
        echo(connections),
        0.95,
        repetitions=1,
        smallest=connections,
        scheduling=False,
    )


ROWS = (_row(1), _row(50))
