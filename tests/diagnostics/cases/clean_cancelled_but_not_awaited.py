# main asks the task to end, and returns; that is asking.
import asyncio


async def background():
    await asyncio.sleep(30)


async def main():
    task = asyncio.create_task(background())
    await asyncio.sleep(0.01)
    task.cancel()


asyncio.run(main())
