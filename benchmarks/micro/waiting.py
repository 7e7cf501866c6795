"""Ten thousand tasks waited for: all of them, each as it ends, and one behind a shield."""

import asyncio

from benchmarks.workload import Meter, Workload


async def _nothing() -> None:
    pass


async def wait_10k(meter: Meter, operations: int) -> None:
    with meter:
        await asyncio.wait([asyncio.create_task(_nothing()) for _ in range(operations)])


async def as_completed_10k(meter: Meter, operations: int) -> None:
    with meter:
        for following in asyncio.as_completed([_nothing() for _ in range(operations)]):
            await following


async def shield_await(meter: Meter, operations: int) -> None:
    with meter:
        for _ in range(operations):
            await asyncio.shield(_nothing())


ROWS = (
    Workload(
        "wait_10k", "one of 10 000 tasks, created and waited for", 10_000, wait_10k, repetitions=8
    ),
    Workload(
        "as_completed_10k",
        "one of 10 000 empty coroutines through as_completed",
        10_000,
        as_completed_10k,
        repetitions=8,
    ),
    Workload("shield_await", "shield of an empty coroutine, awaited", 30_000, shield_await),
)
