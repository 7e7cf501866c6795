# "Run until cancelled", in three ways of writing it.
import asyncio
import contextlib


class Server:
    def __init__(self):
        self.stopped = asyncio.Event()

    async def serve(self):
        await self.stopped.wait()


async def anonymous():
    await asyncio.Future()


async def named():
    for_ever = asyncio.get_running_loop().create_future()
    await for_ever


async def main():
    tasks = [asyncio.create_task(each) for each in (anonymous(), named(), Server().serve())]
    await asyncio.sleep(1.2)
    for task in tasks:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


asyncio.run(main())
