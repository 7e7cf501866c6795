"""asyncio.Queue: two tasks that answer each other, and a stream from one to the other."""

import asyncio

from benchmarks.workload import Meter, Workload

BOUND = 100


async def _echo(source: asyncio.Queue[int], sink: asyncio.Queue[int], times: int) -> None:
    for _ in range(times):
        await sink.put(await source.get())


async def queue_pingpong(meter: Meter, operations: int) -> None:
    there: asyncio.Queue[int] = asyncio.Queue()
    back: asyncio.Queue[int] = asyncio.Queue()
    echoing = asyncio.create_task(_echo(there, back, operations))
    await asyncio.sleep(0)
    with meter:
        for number in range(operations):
            await there.put(number)
            await back.get()
    await echoing


async def _produce(queue: asyncio.Queue[int], items: int) -> None:
    for number in range(items):
        await queue.put(number)


async def queue_prodcons(meter: Meter, operations: int) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue(BOUND)
    producing = asyncio.create_task(_produce(queue, operations))
    with meter:
        for _ in range(operations):
            await queue.get()
    await producing


ROWS = (
    Workload(
        "queue_pingpong",
        "there and back between two tasks, two queues",
        30_000,
        queue_pingpong,
        0.55,
    ),
    Workload("queue_prodcons", "one item through a queue of at most 100", 200_000, queue_prodcons),
)
