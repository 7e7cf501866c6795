"""Another thread calls into the loop: in a burst, and waiting for each answer."""

import asyncio
import queue
import threading

from benchmarks.workload import Meter, Workload


async def threadsafe_burst(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    left = operations

    def arrive() -> None:
        nonlocal left
        left -= 1
        if not left:
            finished.set_result(None)

    def burst() -> None:
        for _ in range(operations):
            loop.call_soon_threadsafe(arrive)

    thread = threading.Thread(target=burst)
    with meter:
        thread.start()
        await finished
    await asyncio.to_thread(thread.join)


async def threadsafe_pingpong(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    answers: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ask() -> None:
        for _ in range(operations):
            loop.call_soon_threadsafe(answers.put, None)
            answers.get()
        loop.call_soon_threadsafe(finished.set_result, None)

    thread = threading.Thread(target=ask)
    with meter:
        thread.start()
        await finished
    await asyncio.to_thread(thread.join)


ROWS = (
    Workload(
        "threadsafe_burst",
        "one of many call_soon_threadsafe in a row",
        50_000,
        threadsafe_burst,
        accelerated=0.35,
    ),
    Workload(
        "threadsafe_pingpong",
        "call_soon_threadsafe from a thread that waits for the callback",
        5_000,
        threadsafe_pingpong,
    ),
)
