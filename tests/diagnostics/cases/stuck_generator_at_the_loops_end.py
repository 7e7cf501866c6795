# The same, at the end of the program.
import asyncio

kept = []


async def ticks():
    try:
        while True:
            yield 1
    finally:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown


async def main():
    kept.append(ticks())
    print(await anext(kept[0]))  # finding: unclosed-generator


asyncio.run(main())
