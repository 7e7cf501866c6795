"""An async generator that suspends before every item."""

import asyncio
from collections.abc import AsyncIterator

from benchmarks.workload import Meter, Workload


async def _count(end: int) -> AsyncIterator[int]:
    for number in range(end):
        await asyncio.sleep(0)
        yield number


async def asyncgen_suspend(meter: Meter, operations: int) -> None:
    with meter:
        async for _ in _count(operations):
            pass


ROWS = (
    Workload(
        "asyncgen_suspend", "one item after a sleep(0)", 100_000, asyncgen_suspend, accelerated=0.35
    ),
)
