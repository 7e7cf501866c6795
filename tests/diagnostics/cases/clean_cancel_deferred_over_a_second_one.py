"""A cancellation is put off, and another one comes meanwhile."""

import asyncio


async def careful():
    cancelled = False
    for _ in range(3):
        try:
            await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            cancelled = True
    await asyncio.sleep(0.05)
    if cancelled:
        raise asyncio.CancelledError


async def main():
    task = asyncio.create_task(careful())
    for delay in (0.01, 0.08):
        await asyncio.sleep(delay)
        task.cancel()
    await asyncio.wait([task])
    print(task.cancelled())


asyncio.run(main())
