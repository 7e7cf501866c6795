"""Both are made first; the failure of the first leaves the second behind."""

import asyncio


async def fetch(n):
    await asyncio.sleep(0)
    if n == 1:
        raise ConnectionError(n)
    return n


async def both():
    first = fetch(1)
    second = fetch(2)  # finding: never-awaited
    return await first + await second


async def main():
    try:
        await both()
    except ConnectionError:
        print("none")


asyncio.run(main())
