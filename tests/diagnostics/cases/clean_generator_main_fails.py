"""Main ends with the exception that drops the generator."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def main():
    async for row in rows():
        if row == 2:
            raise SystemExit(1)


asyncio.run(main())
