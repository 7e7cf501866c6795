"""The child is ended first."""

import asyncio


async def worker():
    child = asyncio.create_task(asyncio.sleep(1))
    try:
        await asyncio.shield(child)
    except asyncio.CancelledError:
        child.cancel()
        await asyncio.gather(child, return_exceptions=True)
        raise


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
