"""Ten tasks poll with a little work: a round is over soon."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def poll(rounds):
    for _ in range(rounds):
        burn(0.003)
        await asyncio.sleep(0)


async def main():
    await asyncio.gather(*(poll(20) for _ in range(10)))


asyncio.run(main())
