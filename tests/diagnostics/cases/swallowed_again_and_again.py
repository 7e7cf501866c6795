"""Each of several cancellations is eaten at the same place."""

import asyncio


async def poll():
    for _ in range(4):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            continue


async def main():
    task = asyncio.create_task(poll())
    for _ in range(3):
        await asyncio.sleep(0.01)
        task.cancel()
    await task


asyncio.run(main())
