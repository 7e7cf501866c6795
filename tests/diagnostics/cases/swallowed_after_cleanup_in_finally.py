"""The inner function cleans up properly, the outer one swallows."""

import asyncio


async def inner():
    try:
        await asyncio.sleep(1)
    finally:
        await asyncio.sleep(0.01)


async def worker():
    try:
        await inner()
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        pass
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
