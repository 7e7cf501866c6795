"""A service tidies up between two requests, and a large heap makes that long."""

import asyncio
import gc

CACHE = [[number, str(number)] for number in range(3_000_000)]


async def main():
    await asyncio.sleep(0.01)
    gc.collect()  # finding: blocked-loop
    await asyncio.sleep(0.01)


asyncio.run(main())
