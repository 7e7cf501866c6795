"""Two loops in two threads, each with its own queue, events and tasks."""

import asyncio
import threading


async def pipeline(n):
    queue = asyncio.Queue(1)
    event = asyncio.Event()

    async def produce():
        for item in range(n):
            await queue.put(item)
        event.set()

    async with asyncio.TaskGroup() as group:
        group.create_task(produce())
        total = sum([await queue.get() for _ in range(n)])
        await event.wait()
    return total


threads = [threading.Thread(target=asyncio.run, args=(pipeline(n),)) for n in (100, 200)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
