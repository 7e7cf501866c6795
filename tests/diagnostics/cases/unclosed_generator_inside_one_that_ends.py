"""take() is closed properly; the generator that it was given is not."""

import asyncio
import contextlib


async def rows():
    for row in range(10):
        await asyncio.sleep(0)
        yield row


async def take(number, generator):
    async for item in generator:  # finding: unclosed-generator
        if number == 0:
            return
        number -= 1
        yield item


async def main():
    async with contextlib.aclosing(take(3, rows())) as items:
        print([item async for item in items])
    await asyncio.sleep(0.1)


asyncio.run(main())
