"""suppress() is right for the task that was cancelled here, but this one is cancelled too."""

import asyncio
import contextlib


async def stubborn():
    try:
        await asyncio.sleep(1)
    finally:
        await asyncio.sleep(0.05)


async def closer():
    child = asyncio.create_task(stubborn())
    await asyncio.sleep(0.01)
    child.cancel()
    with contextlib.suppress(asyncio.CancelledError):  # finding: swallowed-cancellation
        await child
    return "closed"


async def main():
    task = asyncio.create_task(closer())
    await asyncio.sleep(0.03)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
