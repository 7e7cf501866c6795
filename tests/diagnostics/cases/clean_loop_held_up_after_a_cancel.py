# The loop itself was held up, with the watch off: the cancelled task had no chance to end.
import asyncio
import time


async def worker():
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(0.1)


async def main():
    asyncio.get_running_loop().slow_callback_duration = 5
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.sleep(0.05)
    time.sleep(1.5)
    await asyncio.wait([task])


asyncio.run(main())
