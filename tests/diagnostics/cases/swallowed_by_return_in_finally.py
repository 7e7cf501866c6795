"""A return in `finally` drops the cancellation."""

import asyncio


async def worker():
    state = "started"
    try:
        await asyncio.sleep(1)
        state = "done"
    finally:
        await asyncio.sleep(0.01)
        return state  # finding: swallowed-cancellation


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
