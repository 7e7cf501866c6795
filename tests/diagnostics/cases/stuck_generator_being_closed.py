# The loop closes what was left of a generator, and its `finally` takes too long.
import asyncio


async def ticks():
    try:
        while True:
            yield 1
            await asyncio.sleep(0)
    finally:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


async def main():
    generator = ticks()
    async for _ in generator:  # finding: unclosed-generator
        break
    del generator
    await asyncio.sleep(2.0)


asyncio.run(main())
