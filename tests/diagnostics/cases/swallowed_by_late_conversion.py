"""The conversion comes after an awaited cleanup, and is caught further out."""

import asyncio


async def fetch():
    try:
        await asyncio.sleep(1)
    except BaseException as error:  # finding: swallowed-cancellation
        await asyncio.sleep(0.01)
        raise ConnectionError("lost") from error


async def worker():
    try:
        return await fetch()
    except ConnectionError:
        return None


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
