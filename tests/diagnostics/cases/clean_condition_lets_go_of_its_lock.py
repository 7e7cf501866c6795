# While it waits for the condition, the consumer's block does not hold the lock.
import asyncio


async def produce(ready, items):
    await asyncio.sleep(0.2)
    async with ready:
        items.append(1)
        ready.notify_all()


async def main():
    ready = asyncio.Condition()
    items = []
    async with ready:
        producer = asyncio.create_task(produce(ready, items))
        await ready.wait_for(lambda: items)
    await producer


asyncio.run(main())
