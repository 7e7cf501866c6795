# Both fail in one pass of the loop: the second is dropped all the same.
import asyncio


async def first():
    raise ValueError("first")


async def second():
    raise OSError("second")  # finding: lost-exception


async def main():
    try:
        await asyncio.gather(first(), second())
    except ValueError as error:
        print(error)


asyncio.run(main())
