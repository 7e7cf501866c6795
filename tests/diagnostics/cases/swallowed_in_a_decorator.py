"""A decorator turns every failure into None."""

import asyncio
import functools


def forgiving(function):
    @functools.wraps(function)
    async def call(*arguments):
        try:
            return await function(*arguments)
        except BaseException:  # finding: swallowed-cancellation
            return None

    return call


@forgiving
async def fetch(delay):
    await asyncio.sleep(delay)


async def worker():
    await fetch(1)
    await fetch(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
