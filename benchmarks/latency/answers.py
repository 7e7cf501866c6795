"""How long a client waits for its echo: under full load, and from a server that has other work."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from benchmarks.latency import percentiles
from benchmarks.load import load
from benchmarks.macro.echo_protocol import Echo
from benchmarks.macro.echoing import BACKLOG, KIB
from benchmarks.workload import Meter, Workload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TASKS = 20
WARM_UP = 40
NUMBERS = 200  # summed up in each step of such a task: some microseconds


async def work() -> None:
    """Be always ready, until cancelled."""
    while True:
        sum(range(NUMBERS))
        await asyncio.sleep(0)


def echo(connections: int, tasks: int) -> Callable[[Meter, int], Awaitable[None]]:
    """Return the body for so many connections to a server with so many tasks that are ready."""

    async def body(meter: Meter, operations: int) -> None:
        server = await asyncio.get_running_loop().create_server(
            Echo, "127.0.0.1", 0, backlog=BACKLOG
        )
        port = server.sockets[0].getsockname()[1]
        working = [asyncio.create_task(work()) for _ in range(tasks)]
        warm_up = max(1, min(WARM_UP, operations // connections))
        async with load(port, connections=connections, size_bytes=KIB, warm_up=warm_up) as client:
            waits = await client.exchange(operations)
        meter.note("p50", waits.p50_ns / 1000)
        meter.note("p99", waits.p99_ns / 1000)
        server.close()
        for task in working:
            task.cancel()
        if working:
            await asyncio.wait(working)

    return body


def _row(name: str, what: str, operations: int, connections: int, tasks: int) -> Workload:
    return Workload(
        name,
        "",
        operations,
        echo(connections, tasks),
        repetitions=1,
        smallest=connections,
        scheduling=False,
        metered=False,
        readings=percentiles.readings(what),
    )


ROWS = (
    _row("answer_c1", "an echo of 1 KiB over the only connection", 5_000, 1, 0),
    _row("answer_c50", "an echo of 1 KiB, 50 connections that never rest", 20_000, 50, 0),
    _row(
        "answer_busy_c1",
        f"an echo of 1 KiB beside {TASKS} tasks that are always ready",
        1_000,
        1,
        TASKS,
    ),
)
