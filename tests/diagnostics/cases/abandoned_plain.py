# main does not wait for what it started.
import asyncio


async def upload():
    await asyncio.sleep(30)


async def main():
    asyncio.create_task(upload())  # finding: abandoned-task
    await asyncio.sleep(0.01)


asyncio.run(main())
