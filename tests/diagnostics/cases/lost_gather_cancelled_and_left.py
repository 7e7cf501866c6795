# A gather is cancelled and never awaited.
import asyncio


async def part():
    await asyncio.sleep(30)


async def main():
    parts = asyncio.gather(part(), part())  # finding: lost-exception
    await asyncio.sleep(0.01)
    parts.cancel()
    await asyncio.sleep(0.01)


asyncio.run(main())
