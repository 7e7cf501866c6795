# The queue is full before anybody has begun to read.
import asyncio


async def main():
    queue = asyncio.Queue(maxsize=2)
    for number in range(3):
        await queue.put(number)  # finding: deadlock
    while not queue.empty():
        print(queue.get_nowait())


asyncio.run(main())
