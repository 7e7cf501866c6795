# A child of a gather waits for the task that gathers.
import asyncio


async def part(parent, number):
    await asyncio.sleep(0.01)
    if number == 1:
        await parent  # finding: circular-await
    return number


async def main():
    parent = asyncio.current_task()
    await asyncio.gather(*(part(parent, number) for number in range(3)))


asyncio.run(main())
