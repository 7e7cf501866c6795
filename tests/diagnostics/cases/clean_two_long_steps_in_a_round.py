"""Two steps of 70 ms in one round: neither is too long, and neither waits too long for its turn."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def compress(block):
    await asyncio.sleep(0)
    burn(0.07)
    return block


async def main():
    print(await asyncio.gather(compress(1), compress(2)))


asyncio.run(main())
