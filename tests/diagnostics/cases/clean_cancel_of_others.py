"""Cancelled tasks, futures and gathers of others are awaited, and their end is caught."""

import asyncio
from contextlib import suppress


async def work():
    await asyncio.sleep(5)


async def main():
    task = asyncio.create_task(work())
    await asyncio.sleep(0.01)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task

    future = asyncio.get_running_loop().create_future()
    asyncio.get_running_loop().call_later(0.01, future.cancel)
    try:
        await future
    except asyncio.CancelledError:
        print("no future")

    both = asyncio.gather(work(), work())
    await asyncio.sleep(0.01)
    both.cancel()
    try:
        await both
    except BaseException as error:
        print(repr(error))

    many = [asyncio.create_task(work()) for _ in range(3)]
    await asyncio.sleep(0.01)
    for each in many:
        each.cancel()
    print(await asyncio.gather(*many, return_exceptions=True))


asyncio.run(main())
