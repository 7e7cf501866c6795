"""A context manager whose class is local to a function."""

import asyncio


def make():
    class Ignoring:
        async def __aenter__(self):
            return self

        async def __aexit__(self, kind, error, traceback):
            await asyncio.sleep(0)
            return True

    return Ignoring()


async def worker():
    async with make():  # finding: swallowed-cancellation
        await asyncio.sleep(1)
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
