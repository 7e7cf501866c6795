# The queue behind an asynchronous generator has lost its writer.
# needs: is_available
import asyncio


async def messages(queue):
    while True:
        yield await queue.get()  # finding: stranded-task


async def listen(queue):
    async for message in messages(queue):
        print(message)


class Bus:
    def __init__(self):
        self.queues = []

    def subscribe(self):
        self.queues.append(asyncio.Queue())
        return self.queues[-1]


async def main():
    bus = Bus()
    task = asyncio.create_task(listen(bus.subscribe()))  # finding: abandoned-task
    bus.queues[0].put_nowait("one")
    await asyncio.sleep(0.02)
    bus.queues.clear()
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(task.done())


asyncio.run(main())
