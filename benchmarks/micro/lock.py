"""A hundred tasks take turns at one Lock."""

import asyncio

from benchmarks.workload import Meter, Workload

CROWD = 100


async def _take_turns(lock: asyncio.Lock, times: int) -> None:
    for _ in range(times):
        async with lock:
            await asyncio.sleep(0)


async def lock_100tasks(meter: Meter, operations: int) -> None:
    lock = asyncio.Lock()
    tasks = [asyncio.create_task(_take_turns(lock, operations // CROWD)) for _ in range(CROWD)]
    with meter:
        await asyncio.wait(tasks)


ROWS = (
    Workload(
        "lock_100tasks",
        "one contended acquire, a sleep(0) inside, release",
        30_000,
        lock_100tasks,
        smallest=CROWD,
    ),
)
