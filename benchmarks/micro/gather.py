"""gather over ten thousand coroutines."""

import asyncio

from benchmarks.workload import Meter, Workload


async def _nothing() -> None:
    pass


async def gather_10k(meter: Meter, operations: int) -> None:
    with meter:
        await asyncio.gather(*(_nothing() for _ in range(operations)))


async def gather_10k_sleep0(meter: Meter, operations: int) -> None:
    with meter:
        await asyncio.gather(*(asyncio.sleep(0) for _ in range(operations)))


ROWS = (
    Workload(
        "gather_10k",
        "one of 10 000 gathered empty coroutines",
        10_000,
        gather_10k,
        0.55,
        repetitions=8,
        accelerated=0.20,
    ),
    Workload(
        "gather_10k_sleep0",
        "one of 10 000 gathered sleep(0)",
        10_000,
        gather_10k_sleep0,
        repetitions=8,
    ),
)
