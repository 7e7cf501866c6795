# The waiter is cancelled, the shielded task goes on and fails.
import asyncio


async def commit():
    await asyncio.sleep(0.03)
    raise OSError("disk full")  # finding: lost-exception


async def request():
    await asyncio.shield(commit())


async def main():
    task = asyncio.create_task(request())
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    await asyncio.sleep(0.05)


asyncio.run(main())
