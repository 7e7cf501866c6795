# Cleaning up after a cancellation fails, and the task is not awaited any more.
import asyncio


async def session():
    try:
        await asyncio.sleep(30)
    finally:
        raise OSError("cannot flush")  # finding: lost-exception


async def main():
    task = asyncio.create_task(session())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


asyncio.run(main())
