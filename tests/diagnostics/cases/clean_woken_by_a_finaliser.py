# What is forgotten wakes its waiter when it is collected; it stands in a reference circle.
import asyncio


class Lease:
    def __init__(self, released):
        self.released = released
        self.me = self

    def __del__(self):
        self.released.set()


async def main():
    released = asyncio.Event()
    lease = Lease(released)
    del lease
    await released.wait()


asyncio.run(main())
