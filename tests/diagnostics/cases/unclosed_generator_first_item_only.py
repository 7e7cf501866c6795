"""Only the first item is wanted; the rest is forgotten."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


async def main():
    print(await anext(rows()))  # finding: unclosed-generator
    it = rows()
    print(await it.asend(None))  # finding: unclosed-generator
    print(await asyncio.wait_for(it.__anext__(), 1))
    del it
    await asyncio.sleep(0.01)


asyncio.run(main())
