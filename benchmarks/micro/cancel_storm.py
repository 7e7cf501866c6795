"""Ten thousand sleeping tasks are cancelled at once."""

import asyncio

from benchmarks.workload import Meter, Workload

LONG_S = 3600


async def _cancel_all(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def cancel_storm_10k(meter: Meter, operations: int) -> None:
    tasks = [asyncio.create_task(asyncio.sleep(LONG_S)) for _ in range(operations)]
    await asyncio.sleep(0)
    with meter:
        await _cancel_all(tasks)


async def spawn_and_cancel_10k(meter: Meter, operations: int) -> None:
    with meter:
        tasks = [asyncio.create_task(asyncio.sleep(LONG_S)) for _ in range(operations)]
        await asyncio.sleep(0)
        await _cancel_all(tasks)


ROWS = (
    Workload(
        "cancel_storm_10k",
        "one of 10 000 sleeping tasks cancelled and gathered",
        10_000,
        cancel_storm_10k,
        0.45,
        repetitions=5,
        accelerated=0.20,
    ),
    Workload(
        "spawn_and_cancel_10k",
        "the same with the creation and first step of the task",
        10_000,
        spawn_and_cancel_10k,
        0.45,
        repetitions=5,
    ),
)
