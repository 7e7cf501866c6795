# An async generator's end raises, and the caller handles it.
import asyncio


async def rows():
    try:
        yield 1
    finally:
        raise OSError("cursor")


async def main():
    generator = rows()
    await anext(generator)
    try:
        await generator.aclose()
    except OSError as error:
        print(error)


asyncio.run(main())
