# Tidying up after the error waits for what is stuck as well: that is the same standstill.
import asyncio


class Service:
    def __init__(self):
        self.queue = asyncio.Queue()

    async def __aenter__(self):
        self.worker = asyncio.create_task(self.work())
        return self

    async def work(self):
        while True:
            await self.queue.get()

    async def __aexit__(self, *exc):
        await self.queue.join()
        self.worker.cancel()


async def main():
    async with Service() as service:
        service.queue.put_nowait("job")
        try:
            await asyncio.Event().wait()  # finding: deadlock
        finally:
            await service.queue.join()


asyncio.run(main())
