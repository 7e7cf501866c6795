"""The loop has plenty to do meanwhile."""

import asyncio
import concurrent.futures
import time


async def chatter():
    while True:
        await asyncio.sleep(0.001)


async def main():
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(chatter())
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = loop.run_in_executor(pool, time.sleep, 0.25)
        second = loop.run_in_executor(pool, time.sleep, 0)  # finding: saturated-executor
        await first
        await second
    task.cancel()


asyncio.run(main())
