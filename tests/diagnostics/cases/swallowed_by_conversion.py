"""The cancellation becomes an error of the application."""

import asyncio


class JobFailed(Exception):
    pass


async def worker():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError as error:  # finding: swallowed-cancellation
        raise JobFailed("cancelled") from error


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
