"""A plain context manager answers True, but not always."""

import asyncio


class Quiet:
    def __enter__(self):
        return self

    def __exit__(self, kind, error, traceback):
        return kind is not None


async def worker():
    quiet = Quiet()
    with quiet:  # finding: swallowed-cancellation
        await asyncio.sleep(1)
    await asyncio.sleep(0.01)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
