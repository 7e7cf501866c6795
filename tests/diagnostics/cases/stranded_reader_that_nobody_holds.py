# Neither the queue nor its reader is known to anybody: told while the program runs.
# needs: is_available
import asyncio


async def read(queue, out):
    while True:
        out.append(await queue.get())  # finding: stranded-task


def subscribe(out):
    queue = asyncio.Queue()
    queue.put_nowait("hello")
    asyncio.create_task(read(queue, out))


async def main():
    out = []
    subscribe(out)
    for _ in range(20):
        await asyncio.sleep(0.05)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


asyncio.run(main())
