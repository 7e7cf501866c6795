"""asyncio.Queue: within one task, between two that answer each other, a stream between two."""

import asyncio

from benchmarks.workload import Meter, Workload

BOUND = 100


async def queue_put_get(meter: Meter, operations: int) -> None:
    queue: asyncio.Queue[int] = asyncio.Queue()
    with meter:
        for number in range(operations):
            await queue.put(number)
            await queue.get()


async def priority_queue_put_get(meter: Meter, operations: int) -> None:
    queue: asyncio.PriorityQueue[int] = asyncio.PriorityQueue()
    for number in range(BOUND):
        queue.put_nowait(number * 7919 % operations)
    with meter:
        for number in range(operations):
            await queue.put(number * 7919 % operations)
            await queue.get()


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
        "queue_put_get",
        "put and get of one task, nobody waits",
        200_000,
        queue_put_get,
        accelerated=0.20,
    ),
    Workload(
        "priority_queue_put_get",
        "the same with a PriorityQueue that holds 100 numbers",
        100_000,
        priority_queue_put_get,
    ),
    Workload(
        "queue_pingpong",
        "there and back between two tasks, two queues",
        30_000,
        queue_pingpong,
        0.55,
        accelerated=0.35,
    ),
    Workload(
        "queue_prodcons",
        "one item through a queue of at most 100",
        200_000,
        queue_prodcons,
        accelerated=0.20,
    ),
)
