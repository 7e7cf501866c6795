"""One event wakes two hundred subscribers at once."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def subscriber(changed):
    await changed.wait()
    burn(0.002)  # finding: starved-loop


async def main():
    changed = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for _ in range(200):
            group.create_task(subscriber(changed))
        await asyncio.sleep(0.02)
        changed.set()


asyncio.run(main())
