"""Twenty thousand tasks pass a Semaphore of a hundred."""

import asyncio

from benchmarks.workload import Meter, Workload

PERMITS = 100


async def _pass(semaphore: asyncio.Semaphore) -> None:
    async with semaphore:
        await asyncio.sleep(0)


async def semaphore_20k(meter: Meter, operations: int) -> None:
    semaphore = asyncio.Semaphore(PERMITS)
    with meter:
        await asyncio.gather(*(_pass(semaphore) for _ in range(operations)))


ROWS = (
    Workload(
        "semaphore_20k",
        "one of 20 000 tasks that pass a semaphore of 100 with a sleep(0)",
        20_000,
        semaphore_20k,
        accelerated=0.30,
    ),
)
