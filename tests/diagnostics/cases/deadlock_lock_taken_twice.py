# asyncio's lock is not reentrant.
import asyncio


class Account:
    def __init__(self):
        self.lock = asyncio.Lock()

    async def deposit(self):
        async with self.lock:  # finding: deadlock
            return 1

    async def update(self):
        async with self.lock:
            return await self.deposit()


async def main():
    await Account().update()


asyncio.run(main())
