"""Everything is logged, and nothing is raised."""

import asyncio


async def worker():
    try:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            print("cleaning up")
            raise
    except BaseException as error:  # finding: swallowed-cancellation
        print("failed:", repr(error))


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
