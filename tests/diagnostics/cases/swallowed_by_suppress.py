"""suppress() around a wait for something that nobody has cancelled."""

import asyncio
from contextlib import suppress


async def flush():
    await asyncio.sleep(1)


async def worker():
    with suppress(OSError, asyncio.CancelledError):  # finding: swallowed-cancellation
        await flush()
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
