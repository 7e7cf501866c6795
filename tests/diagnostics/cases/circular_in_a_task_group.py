# A member of the group waits for the task that waits for the group.
import asyncio


async def member(host):
    await asyncio.sleep(0)
    await host  # finding: circular-await


async def main():
    host = asyncio.current_task()
    async with asyncio.TaskGroup() as group:
        group.create_task(member(host))


asyncio.run(main())
