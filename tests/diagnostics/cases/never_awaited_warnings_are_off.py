"""A program that ignores all warnings has the bug nonetheless."""

import asyncio
import warnings

warnings.simplefilter("ignore")


async def save(row):
    await asyncio.sleep(0)


async def main():
    for row in range(3):
        save(row)  # finding: never-awaited
    await asyncio.sleep(0)


asyncio.run(main())
