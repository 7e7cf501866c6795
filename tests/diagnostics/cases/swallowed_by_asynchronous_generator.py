"""An asynchronous generator ends instead of letting the cancellation out."""

import asyncio


async def ticks():
    try:
        while True:
            await asyncio.sleep(1)
            yield 1
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        print("no more ticks")


async def worker():
    async for tick in ticks():
        print(tick)
    return "all ticks seen"


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
