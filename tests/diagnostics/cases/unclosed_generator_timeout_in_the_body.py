"""A timeout ends the loop while its body waits, not the generator."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def handle(row):
    await asyncio.sleep(10)


async def main():
    try:
        async with asyncio.timeout(0.02):
            async for row in rows():  # finding: unclosed-generator
                await handle(row)
    except TimeoutError:
        print("slow")
    await asyncio.sleep(0.01)


asyncio.run(main())
