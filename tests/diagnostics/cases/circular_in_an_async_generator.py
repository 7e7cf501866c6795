# The await stands in an asynchronous generator.
import asyncio


async def results(task):
    yield await task  # finding: circular-await


async def reader(parent):
    async for result in results(parent):
        print(result)


async def main():
    await asyncio.create_task(reader(asyncio.current_task()))


asyncio.run(main())
