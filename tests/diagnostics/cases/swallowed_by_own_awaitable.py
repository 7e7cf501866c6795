"""An awaitable whose __await__ is a generator."""

import asyncio


class Reply:
    def __init__(self):
        self.future = asyncio.get_running_loop().create_future()

    def __await__(self):
        try:
            return (yield from self.future)
        except asyncio.CancelledError:  # finding: swallowed-cancellation
            return None


async def worker():
    reply = await Reply()
    await asyncio.sleep(0.01)
    return reply


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    await asyncio.wait([task])
    print(task)


asyncio.run(main())
