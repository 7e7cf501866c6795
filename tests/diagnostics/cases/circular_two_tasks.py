# Each waits for the other one's result.
import asyncio


async def left(tasks):
    return await tasks["right"]


async def right(tasks):
    return await tasks["left"]  # finding: circular-await


async def main():
    tasks = {}
    tasks["left"] = asyncio.create_task(left(tasks))
    tasks["right"] = asyncio.create_task(right(tasks))
    await tasks["left"]


asyncio.run(main())
