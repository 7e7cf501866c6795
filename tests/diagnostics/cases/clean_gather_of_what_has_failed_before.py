# The tasks have failed when they are gathered: each gather reads them then.
import asyncio


async def fail():
    raise ValueError("early")


async def main():
    tasks = [asyncio.create_task(fail()), asyncio.create_task(fail())]
    await asyncio.sleep(0.01)
    print(await asyncio.gather(*tasks, return_exceptions=True))
    single = asyncio.create_task(fail())
    await asyncio.sleep(0.01)
    try:
        await asyncio.gather(single)
    except ValueError as error:
        print(error)


asyncio.run(main())
