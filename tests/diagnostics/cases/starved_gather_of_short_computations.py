"""Hundreds of coroutines without a wait are gathered: all run in one round."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def resize(image):
    burn(0.001)  # finding: starved-loop
    return image


async def main():
    print(len(await asyncio.gather(*(resize(image) for image in range(400)))))


asyncio.run(main())
