"""The generator is kept for later, and open when the program ends."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


class Cursor:
    def __init__(self):
        self.rows = rows()

    async def one(self):
        return await anext(self.rows)  # finding: unclosed-generator


cursor = Cursor()


async def main():
    print(await cursor.one(), await cursor.one())


asyncio.run(main())
