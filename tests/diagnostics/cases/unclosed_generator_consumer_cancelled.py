"""The consumer is cancelled while it handles a row; the program goes on."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def consume():
    async for row in rows():  # finding: unclosed-generator
        await asyncio.sleep(10)


async def main():
    task = asyncio.create_task(consume())
    await asyncio.sleep(0.01)
    task.cancel()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    await asyncio.sleep(0.2)


asyncio.run(main())
