# All of them need a moment to end, and none more than a second.
import asyncio
import contextlib
import threading
import time


async def worker(seconds):
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(seconds)


async def ticks():
    try:
        yield 1
    finally:
        await asyncio.sleep(0.4)


async def main():
    tasks = [asyncio.create_task(worker(n / 10)) for n in range(6)]
    loop = asyncio.get_running_loop()
    job = loop.run_in_executor(None, time.sleep, 0.7)
    threading.Thread(target=time.sleep, args=(1.4,)).start()
    async with contextlib.aclosing(ticks()) as each:
        async for _ in each:
            break
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    job.cancel()


asyncio.run(main())
