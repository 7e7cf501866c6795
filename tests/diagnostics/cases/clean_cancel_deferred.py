"""The cancellation waits for what must not be cut off, and is raised then."""

import asyncio


async def commit():
    await asyncio.sleep(0.05)


async def worker():
    pending = asyncio.ensure_future(commit())
    cancelled = False
    while not pending.done():
        try:
            await asyncio.shield(pending)
        except asyncio.CancelledError:
            cancelled = True
    if cancelled:
        raise asyncio.CancelledError


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
