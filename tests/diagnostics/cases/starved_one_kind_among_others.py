"""Light tasks and heavy ones share the loop: the heavy ones are to blame."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def light(rounds):
    for _ in range(rounds):
        burn(0.0001)
        await asyncio.sleep(0)


async def heavy(rounds):
    for _ in range(rounds):
        burn(0.01)  # finding: starved-loop
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(light(6) for _ in range(200)), *(heavy(3) for _ in range(20)))


asyncio.run(main())
