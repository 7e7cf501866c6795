# The generator is closed by the loop's shutdown, and fails then.
import asyncio


async def rows():
    try:
        yield 1
        yield 2
    finally:
        raise OSError("cursor")  # finding: lost-exception


async def main():
    global generator
    generator = rows()
    print(await anext(generator))  # finding: unclosed-generator


asyncio.run(main())
