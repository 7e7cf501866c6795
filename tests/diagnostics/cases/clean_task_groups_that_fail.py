"""Task groups cancel their host and their children; all of them end as they should."""

import asyncio


async def fails(delay):
    await asyncio.sleep(delay)
    raise ValueError(delay)


async def child():
    try:
        await asyncio.sleep(5)
    finally:
        await asyncio.sleep(0.01)


async def host_waits_in_the_body():
    async with asyncio.TaskGroup() as group:
        group.create_task(fails(0.01))
        group.create_task(child())
        await asyncio.sleep(5)


async def host_waits_at_the_end():
    async with asyncio.TaskGroup() as group:
        group.create_task(fails(0.01))
        group.create_task(child())


async def inner_group_fails():
    async with asyncio.TaskGroup() as group:
        group.create_task(host_waits_at_the_end())
        group.create_task(host_waits_in_the_body())
        await asyncio.sleep(5)


async def main():
    for case in (host_waits_in_the_body, host_waits_at_the_end, inner_group_fails):
        try:
            await case()
        except* ValueError as errors:
            print(len(errors.exceptions))
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(child()) for _ in range(3)]
        await asyncio.sleep(0.01)
        for task in tasks:
            task.cancel()


asyncio.run(main())
