"""A Condition wakes a hundred waiters, one after the other."""

import asyncio

from benchmarks.workload import Meter, Workload

CROWD = 100


async def condition_notify(meter: Meter, operations: int) -> None:
    condition = asyncio.Condition()
    turns = 0

    async def waiter(times: int) -> None:
        nonlocal turns
        for _ in range(times):
            async with condition:
                await condition.wait()
                turns += 1

    tasks = [asyncio.create_task(waiter(operations // CROWD)) for _ in range(CROWD)]
    await asyncio.sleep(0)
    with meter:
        while turns < operations // CROWD * CROWD:
            async with condition:
                condition.notify()
            await asyncio.sleep(0)
    await asyncio.wait(tasks)


ROWS = (
    Workload(
        "condition_notify",
        "one of 100 waiters notified, which takes the lock and waits again",
        20_000,
        condition_notify,
        smallest=CROWD,
    ),
)
