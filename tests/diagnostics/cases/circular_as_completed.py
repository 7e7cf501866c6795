# One of those awaited in order of completion waits for whoever collects them.
import asyncio


async def fetch(number, collector):
    await asyncio.sleep(0.01 * number)
    if number == 2:
        await collector  # finding: circular-await
    return number


async def main():
    collector = asyncio.current_task()
    tasks = [asyncio.create_task(fetch(number, collector)) for number in range(3)]
    for result in asyncio.as_completed(tasks):
        print(await result)


asyncio.run(main())
