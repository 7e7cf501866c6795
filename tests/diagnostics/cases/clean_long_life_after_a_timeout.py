"""Tasks live on after timeouts that they have left, one of them after a task group had failed."""

import asyncio


async def fail():
    raise OSError


async def main():
    try:
        async with asyncio.TaskGroup() as group:
            group.create_task(fail())
            await asyncio.sleep(1)
    except* OSError:
        print("failed")
    try:
        async with asyncio.timeout(0.02) as limit:
            await asyncio.sleep(1)
    except TimeoutError:
        print("late", limit.expired())
    await asyncio.sleep(1.4)
    print(limit)


asyncio.run(main())
