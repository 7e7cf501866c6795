"""An asynchronous generator returns from its `finally`."""

import asyncio


async def lines():
    try:
        while True:
            yield await asyncio.sleep(0.05, "line")
    finally:
        return  # finding: swallowed-cancellation


async def read():
    return [line async for line in lines()]


async def main():
    task = asyncio.create_task(read())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await task)


asyncio.run(main())
