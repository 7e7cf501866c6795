"""A Lock that is free, and one at which a hundred tasks take turns."""

import asyncio

from benchmarks.workload import Meter, Workload

CROWD = 100


async def lock_free(meter: Meter, operations: int) -> None:
    lock = asyncio.Lock()
    with meter:
        for _ in range(operations):
            async with lock:
                pass


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
    Workload("lock_free", "acquire and release where nobody waits", 200_000, lock_free),
    Workload(
        "lock_100tasks",
        "one contended acquire, a sleep(0) inside, release",
        30_000,
        lock_100tasks,
        smallest=CROWD,
        accelerated=0.35,
    ),
)
