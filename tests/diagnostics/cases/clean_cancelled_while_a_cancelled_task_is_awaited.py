"""The same suppress(), and the task itself is cancelled elsewhere."""

import asyncio
import contextlib


async def child():
    await asyncio.sleep(5)


async def closer():
    task = asyncio.create_task(child())
    await asyncio.sleep(0.01)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await asyncio.sleep(5)


async def main():
    task = asyncio.create_task(closer())
    await asyncio.sleep(0.05)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("closer is cancelled")


asyncio.run(main())
