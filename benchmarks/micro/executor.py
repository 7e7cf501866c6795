"""A call handed to the default executor, awaited before the next."""

import asyncio

from benchmarks.workload import Meter, Workload


def _nothing() -> None:
    pass


async def run_in_executor(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, _nothing)
    with meter:
        for _ in range(operations):
            await loop.run_in_executor(None, _nothing)


async def to_thread(meter: Meter, operations: int) -> None:
    await asyncio.to_thread(_nothing)
    with meter:
        for _ in range(operations):
            await asyncio.to_thread(_nothing)


ROWS = (
    Workload(
        "run_in_executor",
        "one empty call through the pool",
        5_000,
        run_in_executor,
        accelerated=0.70,
    ),
    Workload("to_thread", "the same by asyncio.to_thread", 5_000, to_thread),
)
