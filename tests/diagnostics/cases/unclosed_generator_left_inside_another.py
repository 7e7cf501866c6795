"""A generator leaves another one, and goes on itself to its end."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def pages():
    async for row in rows():  # finding: unclosed-generator
        if row == 2:
            break
        yield row
    yield "the end"


async def main():
    async for page in pages():
        print(page)


asyncio.run(main())
