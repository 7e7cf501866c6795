"""A timeout of one's own without uncancel(), left by an __aexit__."""

import asyncio


class Deadline:
    async def __aenter__(self):
        self.expired = False
        task = asyncio.current_task()

        def expire():
            self.expired = True
            task.cancel()

        self.timer = asyncio.get_running_loop().call_later(0.02, expire)

    async def __aexit__(self, kind, error, traceback):
        self.timer.cancel()
        if kind is asyncio.CancelledError and self.expired:
            raise TimeoutError from error


async def limited():
    async with Deadline():
        await asyncio.sleep(5)


async def main():
    try:
        await limited()
    except TimeoutError:
        print("too slow")
    await asyncio.sleep(0.01)


asyncio.run(main())
