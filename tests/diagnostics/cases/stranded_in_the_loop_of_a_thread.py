# The loop of a second thread has a stranded task.
# needs: is_available
import asyncio
import threading


async def lost(queue):
    await queue.get()  # finding: stranded-task


async def work():
    task = asyncio.create_task(lost(asyncio.Queue()))  # finding: abandoned-task
    await asyncio.sleep(1.0)
    print(task.done())


thread = threading.Thread(target=lambda: asyncio.run(work()))
thread.start()
thread.join()
