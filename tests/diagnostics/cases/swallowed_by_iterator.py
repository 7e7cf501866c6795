"""An iterator ends when it is cancelled."""

import asyncio


class It:
    def __aiter__(self):
        return self

    async def __anext__(self):
        try:
            await asyncio.sleep(0.05)
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            raise StopAsyncIteration


async def worker():
    async for _ in It():
        pass
    return "end"


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
