"""except* catches a cancellation too."""

import asyncio


async def worker():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(1))
            await asyncio.sleep(1)
    except* asyncio.CancelledError:  # finding: swallowed-cancellation
        print("all stopped")
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
