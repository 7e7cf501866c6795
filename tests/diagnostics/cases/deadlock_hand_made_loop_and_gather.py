# run_until_complete is given a gather: one of its tasks gets the error.
import asyncio


async def consume(queue):
    await queue.get()  # finding: deadlock


async def make():
    return asyncio.Queue()


loop = asyncio.new_event_loop()
queue = loop.run_until_complete(make())
tasks = [loop.create_task(consume(queue)) for _ in range(2)]
try:
    loop.run_until_complete(asyncio.gather(*tasks))
except RuntimeError:
    print("told")
for task in tasks:
    task.cancel()
loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
loop.close()
