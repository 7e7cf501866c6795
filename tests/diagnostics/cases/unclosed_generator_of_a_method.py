"""An object whose iterator is an asynchronous generator, on a hand-made loop."""

import asyncio


async def rows(n=5):
    try:
        for row in range(n):
            await asyncio.sleep(0)
            yield row
    finally:
        await asyncio.sleep(0)


class Table:
    async def __aiter__(self):
        async with asyncio.Lock():
            for row in range(5):
                yield row


async def main():
    found = None
    async for row in Table():  # finding: unclosed-generator
        if row == 3:
            found = row
            break
    return found


loop = asyncio.new_event_loop()
print(loop.run_until_complete(main()))
loop.run_until_complete(loop.shutdown_asyncgens())
loop.close()
