# The consumer has ended; the producer waits for room.
# needs: is_available
import asyncio


async def produce(queue):
    for number in range(10):
        await queue.put(number)  # finding: stranded-task


async def consume(queue):
    for _ in range(3):
        await queue.get()


def pipeline():
    queue = asyncio.Queue(2)
    consumer = asyncio.create_task(consume(queue))
    return consumer, asyncio.create_task(produce(queue))  # finding: abandoned-task


async def main():
    consumer, producer = pipeline()
    await consumer
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(producer.done())


asyncio.run(main())
