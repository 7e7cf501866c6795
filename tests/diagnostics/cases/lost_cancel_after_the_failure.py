# The task has failed long before it is "cancelled": asyncio takes that for a look at it.
import asyncio


async def poll():
    await asyncio.sleep(0.01)
    raise TimeoutError("sensor")  # finding: lost-exception


async def main():
    task = asyncio.create_task(poll())
    await asyncio.sleep(0.03)
    task.cancel()


asyncio.run(main())
