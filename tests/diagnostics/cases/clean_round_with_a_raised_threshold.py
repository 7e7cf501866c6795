"""A batch job has said that its rounds may take a second."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def step():
    await asyncio.sleep(0)
    burn(0.005)


async def main():
    asyncio.get_running_loop().slow_callback_duration = 1.0
    await asyncio.gather(*(step() for _ in range(50)))


asyncio.run(main())
