"""Tasks that wait: for a future of their own, and asleep."""

import asyncio

from benchmarks.footprint.scales import row, weighed
from benchmarks.workload import Meter

LONG_S = 3600


async def _wait(future: asyncio.Future[None]) -> None:
    await future


async def memory_task(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    with weighed(meter, operations):
        tasks = [loop.create_task(_wait(loop.create_future())) for _ in range(operations)]
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def memory_sleep(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    with weighed(meter, operations):
        tasks = [loop.create_task(asyncio.sleep(LONG_S)) for _ in range(operations)]
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


ROWS = (
    row("memory_task", "a task that waits for a future of its own", 50_000, memory_task),
    row("memory_sleep", "a task in asyncio.sleep()", 50_000, memory_sleep),
)
