# The outer gather has failed already when the second inner one does: nobody hears of that.
import asyncio


async def fail(after):
    await asyncio.sleep(after)
    if after > 0.05:
        raise OSError("second")  # finding: lost-exception
    raise OSError("first")


async def main():
    groups = [asyncio.gather(asyncio.sleep(0), fail(after)) for after in (0.01, 0.06)]
    try:
        await asyncio.gather(*groups)
    except OSError as error:
        print(error)
    await asyncio.sleep(0.1)


asyncio.run(main())
