"""The handler awaits its cleanup, and forgets to raise."""

import asyncio


async def worker():
    try:
        await asyncio.sleep(1)
    except (TimeoutError, asyncio.CancelledError):  # finding: swallowed-cancellation
        for _ in range(3):
            await asyncio.sleep(0.01)
    return "cleaned up"


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
