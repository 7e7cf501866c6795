"""A chain of ready steps beside 250 idle connections: what the poller costs it."""

import asyncio

from benchmarks.load import load
from benchmarks.macro.echo_protocol import Echo
from benchmarks.macro.echoing import BACKLOG, KIB
from benchmarks.workload import Meter, Workload

CONNECTIONS = 250
WINDOWS = 3


async def idle_crowd_250(meter: Meter, operations: int) -> None:
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)
    port = server.sockets[0].getsockname()[1]
    async with load(port, connections=CONNECTIONS, size_bytes=KIB, warm_up=1):
        for _ in range(WINDOWS):
            with meter:
                for _ in range(operations):
                    await asyncio.sleep(0)
    server.close()


ROWS = (
    Workload(
        "idle_crowd_250",
        "one sleep(0) of the only task beside 250 idle connections",
        50_000,
        idle_crowd_250,
        repetitions=1,
        scheduling=False,
    ),
)
