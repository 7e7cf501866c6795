"""The worker takes its cancellation for a request to return."""

import asyncio


async def worker():
    while True:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            break


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
