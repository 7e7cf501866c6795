"""CancelledError goes by another name, in a tuple."""

import asyncio
from asyncio import CancelledError as Stopped

RETRIED = (OSError, Stopped)


async def read():
    await asyncio.sleep(1)


async def worker():
    for _ in range(2):
        try:
            await read()
        except ValueError:
            return
        except RETRIED:  # finding: swallowed-cancellation
            await asyncio.sleep(0.01)
            return


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
