"""suppress() is given its exceptions by a tuple."""

import asyncio
import contextlib

IGN = [OSError, asyncio.CancelledError]
TUP = (OSError, asyncio.CancelledError)


async def worker():
    with contextlib.suppress(*TUP):  # finding: swallowed-cancellation
        await asyncio.sleep(1)
    await asyncio.sleep(0)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
