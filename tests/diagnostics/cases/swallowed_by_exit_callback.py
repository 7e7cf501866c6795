"""A callback of an AsyncExitStack answers True."""

import asyncio
import contextlib


async def log_failure(kind, error, traceback):
    print("left by", kind)
    return True


async def worker():
    async with contextlib.AsyncExitStack() as stack:  # finding: swallowed-cancellation
        stack.push_async_exit(log_failure)
        await asyncio.sleep(1)
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
