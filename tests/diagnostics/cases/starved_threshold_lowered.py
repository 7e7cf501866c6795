"""A game wants a round to end within 20 ms."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def entity(ticks):
    for _ in range(ticks):
        burn(0.001)  # finding: starved-loop
        await asyncio.sleep(0)


async def main():
    asyncio.get_running_loop().slow_callback_duration = 0.02
    await asyncio.gather(*(entity(5) for _ in range(60)))


asyncio.run(main())
