"""A coroutine is always true."""

import asyncio


async def is_allowed(user):
    await asyncio.sleep(0)
    return user != "eve"


async def main():
    if is_allowed("eve"):  # finding: never-awaited
        print("come in")
    if await is_allowed("ann"):
        print("come in")


asyncio.run(main())
