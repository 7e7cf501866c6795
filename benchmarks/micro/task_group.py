"""A TaskGroup of ten thousand."""

import asyncio

from benchmarks.workload import Meter, Workload


async def _nothing() -> None:
    pass


async def taskgroup_10k(meter: Meter, operations: int) -> None:
    with meter:
        async with asyncio.TaskGroup() as group:
            for _ in range(operations):
                group.create_task(_nothing())


ROWS = (
    Workload(
        "taskgroup_10k",
        "one of 10 000 empty tasks of a TaskGroup",
        10_000,
        taskgroup_10k,
        0.55,
        repetitions=8,
        accelerated=0.30,
    ),
)
