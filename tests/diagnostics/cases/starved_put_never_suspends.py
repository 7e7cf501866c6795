"""Producers put into a queue without a bound: the await in their loop never suspends them."""

import asyncio
import time


async def produce(queue, until_s):
    while time.thread_time() < until_s:
        for number in range(1000):
            await queue.put(number)  # finding: starved-loop


async def main():
    queue = asyncio.Queue()
    begun_s = time.thread_time()
    async with asyncio.TaskGroup() as group:
        for number in range(20):
            group.create_task(produce(queue, begun_s + 0.02 * number))


asyncio.run(main())
