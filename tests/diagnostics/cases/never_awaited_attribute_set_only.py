"""The coroutine is kept in an attribute that nobody looks at again."""

import asyncio


class Connection:
    def __init__(self):
        self.handshake = self.shake_hands()  # finding: never-awaited

    async def shake_hands(self):
        await asyncio.sleep(0)


async def main():
    Connection()
    await asyncio.sleep(0)


asyncio.run(main())
