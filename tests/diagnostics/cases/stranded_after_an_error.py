# It waits inside an except block: the exception is part of what it holds.
# needs: is_available
import asyncio


async def retry(replies):
    try:
        raise OSError("no connection")
    except OSError:
        return await replies.get()  # finding: stranded-task


async def main():
    task = asyncio.create_task(retry(asyncio.Queue()))  # finding: abandoned-task
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(task.done())


asyncio.run(main())
