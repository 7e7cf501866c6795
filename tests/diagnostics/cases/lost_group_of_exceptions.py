# The task that is lost died of an exception group: the raise inside is what to look at.
import asyncio


async def part():
    raise ValueError("part")  # finding: lost-exception


async def supervisor():
    async with asyncio.TaskGroup() as group:
        group.create_task(part())


async def main():
    asyncio.create_task(supervisor())
    await asyncio.sleep(0.02)


asyncio.run(main())
