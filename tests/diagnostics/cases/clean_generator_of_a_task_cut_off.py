"""A task is cut off by asyncio's shutdown while its generator is in a variable."""

import asyncio


async def rows():
    try:
        for row in range(100):
            yield row
    finally:
        await asyncio.sleep(0.1)


async def serve():
    stream = rows()
    async for row in stream:
        await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(serve())
    await asyncio.sleep(0.02)
    task.cancel()
    asyncio.get_running_loop().stop()
    await asyncio.sleep(1)


try:
    asyncio.run(main())
except RuntimeError as error:
    print(error)
