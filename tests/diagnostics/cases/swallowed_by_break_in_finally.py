"""A break in `finally` drops the cancellation."""

import asyncio


async def worker():
    while True:
        try:
            await asyncio.sleep(1)
        finally:
            break  # finding: swallowed-cancellation
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
