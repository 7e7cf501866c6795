"""The outer call is awaited; what it gives is a coroutine that is not."""

import asyncio


async def fetch(url):
    await asyncio.sleep(0)
    return url


async def fetch_default():
    return fetch("http://localhost")


async def main():
    page = await fetch_default()  # finding: never-awaited
    print(type(page).__name__)


asyncio.run(main())
