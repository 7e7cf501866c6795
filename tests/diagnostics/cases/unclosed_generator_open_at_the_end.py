"""A loop made by hand, which nobody tells to close the generators."""

import asyncio


async def rows():
    while True:
        yield 1


kept = rows()


async def main():
    async for _ in kept:  # finding: unclosed-generator
        break


loop = asyncio.new_event_loop()
loop.run_until_complete(main())
loop.close()
