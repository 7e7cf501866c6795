"""asyncpg against a real server: what the client's side of one small SELECT costs."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from benchmarks.macro import servers
from benchmarks.workload import CPU_TIME, Meter, Reading, Workload, want_module

if TYPE_CHECKING:
    from asyncpg import Pool

QUERY = "SELECT $1::int + 1"
CONNECTIONS = 20
WINDOWS = 3


async def _select(pool: Pool, times: int) -> None:
    for number in range(times):
        assert await pool.fetchval(QUERY, number) == number + 1


async def body(meter: Meter, operations: int) -> None:
    want_module("asyncpg")
    import asyncpg

    with servers.postgres() as port:
        async with asyncpg.create_pool(
            host="127.0.0.1",
            port=port,
            user=servers.POSTGRES_USER,
            database="postgres",
            min_size=CONNECTIONS,
            max_size=CONNECTIONS,
        ) as pool:
            await asyncio.gather(*(_select(pool, 2) for _ in range(CONNECTIONS)))
            for _ in range(WINDOWS):
                with meter.named("c1", operations):
                    await _select(pool, operations)
                with meter.named(f"c{CONNECTIONS}", operations // CONNECTIONS * CONNECTIONS):
                    await asyncio.gather(
                        *(_select(pool, operations // CONNECTIONS) for _ in range(CONNECTIONS))
                    )


ROWS = (
    Workload(
        "postgres_select",
        "",
        500,
        body,
        repetitions=1,
        smallest=CONNECTIONS,
        scheduling=False,
        metered=False,
        readings=tuple(
            Reading(f"c{tasks}", f"one SELECT by asyncpg's pool, {tasks} at a time", CPU_TIME)
            for tasks in (1, CONNECTIONS)
        ),
    ),
)
