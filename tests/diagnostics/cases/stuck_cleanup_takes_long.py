# It takes the cancellation, and then a long time to leave.
import asyncio
import contextlib


async def worker():
    try:
        await asyncio.sleep(10)
    finally:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.05)
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


asyncio.run(main())
