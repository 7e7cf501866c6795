"""A cancellation or a timeout arrives inside the generator, and so ends it."""

import asyncio
import contextlib


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def ticks():
    try:
        while True:
            yield "tick"
            await asyncio.sleep(10)
    finally:
        print("no more")


async def consume():
    async for tick in ticks():
        print(tick)


async def main():
    task = asyncio.create_task(consume())
    await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(consume(), 0.01)
    await asyncio.sleep(0.1)


asyncio.run(main())
