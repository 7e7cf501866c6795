"""A consumer is cancelled at the very end, by the program."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def consume(stream):
    async for row in stream:
        await asyncio.sleep(10)


async def main():
    tasks = [asyncio.create_task(consume(rows())), asyncio.create_task(consume(rows()))]
    await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


asyncio.run(main())
