# Both fail; the caller learns of the first.
import asyncio


async def first():
    await asyncio.sleep(0.01)
    raise ValueError("first")


async def second():
    await asyncio.sleep(0.03)
    raise OSError("second")  # finding: lost-exception


async def main():
    try:
        await asyncio.gather(first(), second())
    except ValueError as error:
        print(error)
    await asyncio.sleep(0.05)


asyncio.run(main())
