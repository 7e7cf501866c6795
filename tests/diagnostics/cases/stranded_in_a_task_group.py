# A child of a group waits for ever; a second group goes on with its work.
# needs: is_available
import asyncio


async def child():
    replies = asyncio.Queue()
    await replies.get()  # finding: stranded-task


async def service():
    async with asyncio.TaskGroup() as group:
        group.create_task(child())


async def main():
    task = asyncio.create_task(service())  # finding: abandoned-task
    async with asyncio.TaskGroup() as group:
        group.create_task(asyncio.sleep(1.1))
    print(task.done())


asyncio.run(main())
