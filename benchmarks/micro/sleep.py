"""The cheapest suspension there is, and a crowd of timers."""

import asyncio
import random

from benchmarks.workload import Meter, Workload


async def _switch(times: int) -> None:
    for _ in range(times):
        await asyncio.sleep(0)


async def sleep0_1task(meter: Meter, operations: int) -> None:
    with meter:
        await _switch(operations)


async def _switch_together(meter: Meter, operations: int, crowd: int) -> None:
    tasks = [asyncio.create_task(_switch(operations // crowd)) for _ in range(crowd)]
    with meter:
        await asyncio.wait(tasks)


async def sleep0_100tasks(meter: Meter, operations: int) -> None:
    await _switch_together(meter, operations, 100)


async def sleep0_1000tasks(meter: Meter, operations: int) -> None:
    await _switch_together(meter, operations, 1000)


async def sleep_100k_random(meter: Meter, operations: int) -> None:
    delays_s = [random.Random(7).random() / 2 for _ in range(operations)]
    with meter:
        await asyncio.gather(*(asyncio.sleep(delay_s) for delay_s in delays_s))


ROWS = (
    Workload(
        "sleep0_1task",
        "one sleep(0) of the only task",
        100_000,
        sleep0_1task,
        0.50,
        accelerated=0.25,
    ),
    Workload(
        "sleep0_100tasks",
        "one sleep(0) of one of 100 tasks",
        200_000,
        sleep0_100tasks,
        0.50,
        smallest=100,
        accelerated=0.25,
    ),
    Workload(
        "sleep0_1000tasks",
        "one sleep(0) of one of 1000 tasks",
        200_000,
        sleep0_1000tasks,
        smallest=1000,
    ),
    Workload(
        "sleep_100k_random",
        "one of 100 000 concurrent sleeps of up to half a second, its task included",
        100_000,
        sleep_100k_random,
        repetitions=1,
        accelerated=0.50,
    ),
)
