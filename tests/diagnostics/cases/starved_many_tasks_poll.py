"""A hundred tasks poll, each with a little work in every round."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def poll(rounds):
    for _ in range(rounds):
        burn(0.003)  # finding: starved-loop
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(poll(3) for _ in range(100)))


asyncio.run(main())
