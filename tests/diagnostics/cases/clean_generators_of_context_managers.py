"""The generator behind @asynccontextmanager is the library's to drive."""

import asyncio
import contextlib


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


@contextlib.asynccontextmanager
async def connection():
    await asyncio.sleep(0)
    try:
        yield "connection"
    finally:
        await asyncio.sleep(0)


async def use():
    async with connection() as it:
        return it


async def main():
    print(await use())
    try:
        async with connection():
            raise ValueError
    except ValueError:
        print("failed")
    try:
        async with asyncio.timeout(0.01), connection():
            await asyncio.sleep(10)
    except TimeoutError:
        print("slow")
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(connection())
    forgotten = connection()
    await forgotten.__aenter__()


asyncio.run(main())
