# All permits are held by tasks that want one more for a part of their work.
import asyncio

permits = asyncio.Semaphore(2)


async def part():
    async with permits:  # finding: deadlock
        await asyncio.sleep(0.01)


async def work():
    async with permits:
        await asyncio.sleep(0.01)
        await part()


async def main():
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(work())


asyncio.run(main())
