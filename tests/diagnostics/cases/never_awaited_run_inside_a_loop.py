"""asyncio.run() inside a running loop raises; its coroutine is left behind."""

import asyncio


async def inner():
    await asyncio.sleep(0)


async def main():
    try:
        asyncio.run(inner())  # finding: never-awaited
    except RuntimeError as error:
        print(error)


asyncio.run(main())
