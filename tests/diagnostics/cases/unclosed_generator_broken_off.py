"""A loop is left by break, another by return, a third by an exception."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def find(wanted):
    async for row in rows():  # finding: unclosed-generator
        if row == wanted:
            return row
    return None


async def check():
    try:
        async for row in rows():  # finding: unclosed-generator
            if row == 2:
                raise ValueError(row)
    except ValueError as error:
        print(error)


async def main():
    async for row in rows():  # finding: unclosed-generator
        if row == 2:
            break
    print(await find(1))
    await check()


asyncio.run(main())
