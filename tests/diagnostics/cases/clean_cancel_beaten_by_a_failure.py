"""A child of the group fails while the group is being cancelled; the failure comes first."""

import asyncio


async def child():
    await asyncio.sleep(0.05)


async def bad():
    try:
        await asyncio.sleep(1)
    finally:
        raise ValueError


async def worker():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(child())
            g.create_task(bad())
    except* ValueError:
        pass
    return 3


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
