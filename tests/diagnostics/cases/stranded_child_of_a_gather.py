# One of the two that a gather waits for can never end: that one is named, once.
# needs: is_available
import asyncio


async def never(queue):
    return await queue.get()  # finding: stranded-task


async def soon():
    await asyncio.sleep(0.1)


async def both():
    await asyncio.gather(never(asyncio.Queue()), soon())


async def main():
    task = asyncio.create_task(both())  # finding: abandoned-task
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(task.done())


asyncio.run(main())
