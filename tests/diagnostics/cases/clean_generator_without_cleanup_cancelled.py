"""A cancelled consumer leaves a generator that has nothing to clean up."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def numbers():
    number = 0
    while True:
        yield number
        number += 1


async def consume():
    async for number in numbers():
        await asyncio.sleep(number)


async def main():
    task = asyncio.create_task(consume())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])
    await asyncio.sleep(0.1)


asyncio.run(main())
