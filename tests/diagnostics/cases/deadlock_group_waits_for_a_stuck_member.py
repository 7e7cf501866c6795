# The consumers of a TaskGroup outlive their producer.
import asyncio


async def produce(queue):
    for number in range(5):
        await queue.put(number)
    await queue.join()


async def consume(queue):
    while True:
        await queue.get()  # finding: deadlock
        await asyncio.sleep(0.001)
        queue.task_done()


async def main():
    queue = asyncio.Queue(2)
    async with asyncio.TaskGroup() as group:
        group.create_task(produce(queue))
        for _ in range(2):
            group.create_task(consume(queue))


asyncio.run(main())
