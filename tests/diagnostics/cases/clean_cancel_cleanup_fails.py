"""A failing cleanup hides the cancellation: that is another kind of bug, and it is read."""

import asyncio


async def disconnect():
    await asyncio.sleep(0.01)
    raise OSError("already gone")


async def worker():
    try:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            await disconnect()
            raise
    finally:
        await disconnect()


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
