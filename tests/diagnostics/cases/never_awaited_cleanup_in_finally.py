"""The pool is closed in `finally`, but nobody waits for it."""

import asyncio


class Pool:
    async def __aexit__(self, *exc_info):
        await self.close()

    async def close(self):
        await asyncio.sleep(0)


async def main():
    pool = Pool()
    try:
        await asyncio.sleep(0)
    finally:
        pool.close()  # finding: never-awaited


asyncio.run(main())
