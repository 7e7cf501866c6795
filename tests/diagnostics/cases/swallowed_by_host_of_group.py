"""The host of a task group is cancelled, and catches that outside of the group."""

import asyncio


async def child():
    await asyncio.sleep(0.05)


async def worker():
    try:
        async with asyncio.TaskGroup() as g:
            g.create_task(child())
            g.create_task(child())
    except BaseException:  # finding: swallowed-cancellation
        pass
    return 3


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
