"""A hundred tasks meet at a Barrier again and again."""

import asyncio

from benchmarks.workload import Meter, Workload

CROWD = 100


async def _meet(barrier: asyncio.Barrier, times: int) -> None:
    for _ in range(times):
        await barrier.wait()


async def barrier_100tasks(meter: Meter, operations: int) -> None:
    barrier = asyncio.Barrier(CROWD)
    tasks = [asyncio.create_task(_meet(barrier, operations // CROWD)) for _ in range(CROWD)]
    with meter:
        await asyncio.wait(tasks)


ROWS = (
    Workload(
        "barrier_100tasks",
        "one of 100 tasks let through a barrier",
        20_000,
        barrier_100tasks,
        smallest=CROWD,
    ),
)
