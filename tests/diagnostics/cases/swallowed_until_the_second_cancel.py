"""The first cancellation is lost, and the shutdown needs another one."""

import asyncio


async def consume(queue):
    try:
        await queue.get()
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        print("nothing came")
    await asyncio.sleep(5)


async def main():
    task = asyncio.create_task(consume(asyncio.Queue()))
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])


asyncio.run(main())
