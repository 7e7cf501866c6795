# The rest of the program never stops: only these two do.
import asyncio


async def left(tasks):
    await asyncio.gather(tasks["right"])


async def right(tasks):
    await asyncio.sleep(0.01)
    await tasks["left"]  # finding: circular-await


async def ticker():
    for _ in range(30):
        await asyncio.sleep(0.01)


async def main():
    tasks = {}
    for work in (left, right):
        tasks[work.__name__] = asyncio.create_task(work(tasks))
    await ticker()
    await asyncio.gather(*tasks.values(), return_exceptions=True)


asyncio.run(main())
