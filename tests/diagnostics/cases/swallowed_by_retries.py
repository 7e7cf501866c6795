"""A retry loop that raises what it gets in the last round only."""

import asyncio


async def worker():
    for attempt in range(3):
        try:
            await asyncio.sleep(0.05)
            return attempt
        except BaseException:  # finding: swallowed-cancellation
            if attempt == 2:
                raise
            await asyncio.sleep(0.01)
    return None


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
