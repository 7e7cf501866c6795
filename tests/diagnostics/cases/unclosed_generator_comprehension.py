"""A comprehension fails in the middle."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def main():
    try:
        print([10 // (row - 2) async for row in rows()])  # finding: unclosed-generator
    except ZeroDivisionError:
        print("no")
    await asyncio.sleep(0)


asyncio.run(main())
