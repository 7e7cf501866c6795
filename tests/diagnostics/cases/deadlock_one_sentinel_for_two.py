# Two consumers, one sentinel.
import asyncio


async def consume(queue):
    while await queue.get() is not None:  # finding: deadlock
        pass


async def main():
    queue = asyncio.Queue()
    consumers = [asyncio.create_task(consume(queue)) for _ in range(2)]
    queue.put_nowait(1)
    queue.put_nowait(None)
    for consumer in consumers:
        await consumer


asyncio.run(main())
