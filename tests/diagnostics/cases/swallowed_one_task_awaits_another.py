"""The cancelled task waits for another one; that one is to blame."""

import asyncio


async def inner():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return "inner result"


async def outer():
    return await asyncio.create_task(inner())


async def main():
    task = asyncio.create_task(outer())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await task)


asyncio.run(main())
