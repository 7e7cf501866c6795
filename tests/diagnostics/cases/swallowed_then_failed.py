"""After the swallow comes a failure of its own."""

import asyncio


async def worker():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        pass
    await asyncio.sleep(0.01)
    raise ValueError("later")


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
