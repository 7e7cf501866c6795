# The source of the stream has run dry and does not end it.
import asyncio


async def stream(queue):
    while True:
        yield await queue.get()  # finding: deadlock


async def main():
    queue = asyncio.Queue()
    for number in range(3):
        queue.put_nowait(number)
    total = 0
    async for number in stream(queue):
        total += number
    print(total)


asyncio.run(main())
