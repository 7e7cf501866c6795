# Somebody took an item off the queue and forgot it, and the queue with it.
# needs: is_available
import asyncio


async def finish(queue):
    await queue.join()  # finding: stranded-task
    print("all done")


async def main():
    queue = asyncio.Queue()
    queue.put_nowait("job")
    task = asyncio.create_task(finish(queue))  # finding: abandoned-task
    queue.get_nowait()
    del queue
    for _ in range(22):
        await asyncio.sleep(0.05)
    print(task.done())


asyncio.run(main())
