# All tasks but the one that waits, in several ways.
import asyncio


async def job(seconds):
    await asyncio.sleep(seconds)


async def drain_by_gather():
    await asyncio.gather(*(asyncio.all_tasks() - {asyncio.current_task()}))


async def drain_by_wait():
    await asyncio.wait(asyncio.all_tasks() - {asyncio.current_task()})


async def drain_one_by_one():
    for task in asyncio.all_tasks():
        if task is not asyncio.current_task():
            await task


async def main():
    for drain in (drain_by_gather, drain_by_wait, drain_one_by_one):
        for number in range(3):
            asyncio.create_task(job(0.1 * number))
        await drain()


asyncio.run(main())
