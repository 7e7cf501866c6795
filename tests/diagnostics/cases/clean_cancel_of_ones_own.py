"""A task that cancels itself knows what it does, and so does a worker with a rule."""

import asyncio


class Worker:
    closing = False

    async def run(self):
        try:
            await asyncio.sleep(5)
        except asyncio.CancelledError:
            if not self.closing:
                raise

    async def close(self):
        self.closing = True
        self.task.cancel()
        await self.task


async def main():
    asyncio.current_task().cancel()
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        print("as expected")

    worker = Worker()
    worker.task = asyncio.create_task(worker.run())
    await asyncio.sleep(0.01)
    await worker.close()


asyncio.run(main())
