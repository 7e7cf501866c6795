"""One Event wakes a thousand waiters."""

import asyncio

from benchmarks.workload import Meter, Workload


async def event_fanout_1000(meter: Meter, operations: int) -> None:
    event = asyncio.Event()
    last_one_woken = asyncio.get_running_loop().create_future()
    asleep = operations

    async def waiter() -> None:
        nonlocal asleep
        await event.wait()
        asleep -= 1
        if not asleep:
            last_one_woken.set_result(None)

    tasks = [asyncio.create_task(waiter()) for _ in range(operations)]
    await asyncio.sleep(0)
    with meter:
        event.set()
        await last_one_woken
    await asyncio.wait(tasks)


ROWS = (
    Workload(
        "event_fanout_1000",
        "one of 1000 waiters woken",
        1000,
        event_fanout_1000,
        repetitions=50,
        accelerated=0.30,
    ),
)
