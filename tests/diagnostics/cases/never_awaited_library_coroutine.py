"""Coroutines of the standard library, called like functions."""

import asyncio


async def main():
    queue = asyncio.Queue()
    asyncio.sleep(1)  # finding: never-awaited
    queue.put(1)  # finding: never-awaited
    await queue.put(2)
    asyncio.to_thread(print, 3)  # finding: never-awaited


asyncio.run(main())
