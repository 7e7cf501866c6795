# The child waits for the group's host, which is inside the block and cancels it in the end.
import asyncio


async def watch(host):
    await asyncio.wait([host])


async def main():
    async with asyncio.TaskGroup() as group:
        child = group.create_task(watch(asyncio.current_task()))
        for _ in range(10):
            await asyncio.sleep(0.05)
        child.cancel()


asyncio.run(main())
