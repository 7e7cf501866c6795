"""The first cancellation is kept and raised when the second one comes."""

import asyncio


async def worker():
    flag = None
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError as e:
        flag = e
    try:
        await asyncio.sleep(1)
    finally:
        if flag is not None:
            raise flag


async def main():
    task = asyncio.create_task(worker())
    for _ in range(2):
        await asyncio.sleep(0.02)
        task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
