"""The exception is imported in the function."""

import asyncio


async def worker():
    from asyncio import CancelledError

    try:
        await asyncio.sleep(1)
    except (KeyError, CancelledError):  # finding: swallowed-cancellation
        pass


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
