# Only the task that nobody waits for is abandoned; its children are its own.
import asyncio


async def child():
    await asyncio.sleep(30)


async def supervisor():
    async with asyncio.TaskGroup() as group:
        group.create_task(child())
        group.create_task(child())


async def collector():
    await asyncio.gather(child(), child())


async def impatient():
    await asyncio.wait_for(child(), 30)


async def main():
    tasks = [
        asyncio.create_task(supervisor()),  # finding: abandoned-task
        asyncio.create_task(collector()),  # finding: abandoned-task
        asyncio.create_task(impatient()),  # finding: abandoned-task
    ]
    await asyncio.sleep(0.02)
    print(len(tasks))


asyncio.run(main())
