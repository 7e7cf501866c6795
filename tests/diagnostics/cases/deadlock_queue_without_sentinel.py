# The producer has ended and has not said so.
import asyncio


async def produce(queue):
    for number in range(3):
        await queue.put(number)


async def consume(queue):
    total = 0
    while (item := await queue.get()) is not None:  # finding: deadlock
        total += item
    return total


async def main():
    queue = asyncio.Queue()
    await asyncio.gather(produce(queue), consume(queue))


asyncio.run(main())
