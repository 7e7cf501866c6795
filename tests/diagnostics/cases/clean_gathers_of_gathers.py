# What an inner gather passes on is heard, be it by the outer one or by a task of its own.
import asyncio


async def fail(after):
    await asyncio.sleep(after)
    raise OSError(after)


async def main():
    groups = [asyncio.gather(fail(after)) for after in (0.01, 0.02)]
    try:
        await asyncio.gather(*groups)
    except OSError:
        pass
    try:
        await groups[1]
    except OSError as error:
        print(error)


asyncio.run(main())
