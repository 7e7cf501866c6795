"""A context manager written as a generator eats what its body raises."""

import asyncio
from contextlib import asynccontextmanager


@asynccontextmanager
async def session():
    try:
        yield 1
    except BaseException as error:  # finding: swallowed-cancellation
        print("session ended by", repr(error))


async def worker():
    async with session():
        await asyncio.sleep(1)
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
