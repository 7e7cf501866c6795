"""The first item is the header; the loop over the rest is left."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def main():
    table = rows()
    header = await anext(table)
    async for row in table:  # finding: unclosed-generator
        if row > header:
            break


asyncio.run(main())
