"""A context manager answers True for a cancellation only, two calls further in."""

import asyncio


class S:
    async def __aenter__(self):
        return self

    async def __aexit__(self, k, e, t):
        return k is asyncio.CancelledError


async def inner():
    async with S():  # finding: swallowed-cancellation
        await asyncio.sleep(1)
    return 1


async def mid():
    return await inner()


async def worker():
    return await mid()


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
