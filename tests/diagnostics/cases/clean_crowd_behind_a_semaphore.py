"""Four hundred short computations, ten in a round."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def resize(gate, image):
    async with gate:
        burn(0.001)
        await asyncio.sleep(0)
        return image


async def main():
    gate = asyncio.Semaphore(10)
    print(len(await asyncio.gather(*(resize(gate, image) for image in range(400)))))


asyncio.run(main())
