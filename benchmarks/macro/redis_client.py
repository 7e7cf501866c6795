"""redis-py against a real server: what the client's side of one GET costs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from benchmarks.macro import servers
from benchmarks.workload import CPU_TIME, Meter, Reading, Workload, want_module

if TYPE_CHECKING:
    from redis.asyncio import Redis

VALUE = bytes(1024)
CONNECTIONS = 20
WINDOWS = 3


async def _get(client: Redis, times: int) -> None:
    for _ in range(times):
        assert await client.get("key") == VALUE


async def body(meter: Meter, operations: int) -> None:
    want_module("redis")
    from redis import asyncio as redis

    with servers.redis() as port:
        client = redis.Redis(port=port, max_connections=CONNECTIONS)
        await client.set("key", VALUE)
        await asyncio.gather(*(_get(client, 2) for _ in range(CONNECTIONS)))
        for _ in range(WINDOWS):
            with meter.named("c1", operations):
                await _get(client, operations)
            with meter.named(f"c{CONNECTIONS}", operations // CONNECTIONS * CONNECTIONS):
                await asyncio.gather(
                    *(_get(client, operations // CONNECTIONS) for _ in range(CONNECTIONS))
                )
        await client.aclose()


ROWS = (
    Workload(
        "redis_get",
        "",
        1_000,
        body,
        repetitions=1,
        smallest=CONNECTIONS,
        scheduling=False,
        metered=False,
        readings=tuple(
            Reading(f"c{tasks}", f"one GET of 1 KiB by redis-py, {tasks} at a time", CPU_TIME)
            for tasks in (1, CONNECTIONS)
        ),
    ),
)
