"""A result tells the caller to raise the cancellation again."""

import asyncio


async def step():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:
        return "stopped"


async def worker():
    r = await step()
    if r == "stopped":
        raise asyncio.CancelledError


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
