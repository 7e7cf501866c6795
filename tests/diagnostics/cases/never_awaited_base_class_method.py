"""The method became async; its subclass still calls it like a plain one."""

import asyncio


class Store:
    async def close(self):
        await asyncio.sleep(0)


class CachedStore(Store):
    async def close(self):
        super().close()  # finding: never-awaited
        await asyncio.sleep(0)


async def main():
    await CachedStore().close()


asyncio.run(main())
