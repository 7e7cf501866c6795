# One kind of item is taken and never declared done.
import asyncio


async def work(queue):
    while True:
        item = await queue.get()
        if item == "skip":
            continue
        queue.task_done()


async def main():
    queue = asyncio.Queue()
    worker = asyncio.create_task(work(queue))
    for item in ("a", "skip", "b"):
        queue.put_nowait(item)
    await queue.join()  # finding: deadlock
    worker.cancel()


asyncio.run(main())
