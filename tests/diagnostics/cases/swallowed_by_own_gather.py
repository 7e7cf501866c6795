"""A gather of one's own, that collects failures of all kinds."""

import asyncio


async def settle(awaitable):
    try:
        return await awaitable
    except BaseException as error:  # finding: swallowed-cancellation
        return error


async def worker():
    return [await settle(asyncio.sleep(0.05)) for _ in range(2)]


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
