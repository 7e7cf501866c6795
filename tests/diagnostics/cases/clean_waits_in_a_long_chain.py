# Each waits for the next, and the last one ends.
import asyncio


async def link(following):
    return 1 + (await following if following is not None else 0)


async def main():
    task = None
    for _ in range(300):
        task = asyncio.create_task(link(task))
    print(await task)


asyncio.run(main())
