# Nobody keeps the task.
import asyncio


async def notify():
    await asyncio.sleep(0.01)
    raise ConnectionError("no route")  # finding: lost-exception


async def main():
    asyncio.create_task(notify())
    await asyncio.sleep(0.05)


asyncio.run(main())
