# The gather itself is forgotten.
import asyncio


async def part():
    await asyncio.sleep(0.01)
    raise ValueError("bad part")  # finding: lost-exception


async def main():
    parts = asyncio.gather(part(), asyncio.sleep(0.02))
    await asyncio.sleep(0.05)
    print(parts.done())


asyncio.run(main())
