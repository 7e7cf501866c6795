"""A timeout of the program's own, that takes the cancellation back."""

import asyncio


class Limit:
    def __init__(self, delay):
        self.delay = delay
        self.expired = False

    async def __aenter__(self):
        self.task = asyncio.current_task()
        loop = asyncio.get_running_loop()
        self.timer = loop.call_later(self.delay, self.expire)

    def expire(self):
        self.expired = True
        self.task.cancel()

    async def __aexit__(self, kind, error, traceback):
        self.timer.cancel()
        if self.expired and kind is asyncio.CancelledError and self.task.uncancel() == 0:
            raise TimeoutError from error


async def main():
    try:
        async with Limit(0.02):
            await asyncio.sleep(5)
    except TimeoutError:
        print("too slow")
    await asyncio.sleep(0.01)


asyncio.run(main())
