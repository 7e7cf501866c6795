"""The handler returns a value."""

import asyncio


async def worker():
    try:
        await asyncio.sleep(1)
        return "done"
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return "cancelled"


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
