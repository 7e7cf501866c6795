# gather raises the first failure; the program then looks at each task itself.
import asyncio


async def fail(delay):
    await asyncio.sleep(delay)
    raise ValueError(delay)


async def main():
    tasks = [asyncio.create_task(fail(n / 100)) for n in range(3)]
    try:
        await asyncio.gather(*tasks)
    except ValueError:
        results = await asyncio.gather(*tasks, return_exceptions=True)
        print(results)


asyncio.run(main())
