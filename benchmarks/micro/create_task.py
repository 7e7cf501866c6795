"""A task that does nothing, awaited at once."""

import asyncio

from benchmarks.workload import Meter, Workload


async def _nothing() -> None:
    pass


async def create_task_await(meter: Meter, operations: int) -> None:
    create = asyncio.create_task
    with meter:
        for _ in range(operations):
            await create(_nothing())


ROWS = (
    Workload(
        "create_task_await",
        "create_task of an empty coroutine, awaited",
        50_000,
        create_task_await,
        0.35,
        accelerated=0.30,
    ),
)
