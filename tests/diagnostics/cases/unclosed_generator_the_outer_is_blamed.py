"""Two generators, one around the other; who leaves the outer one leaves both."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def doubled():
    async for row in rows():
        yield row * 2


async def main():
    async for row in doubled():  # finding: unclosed-generator
        if row == 4:
            break
    await asyncio.sleep(0.01)


asyncio.run(main())
