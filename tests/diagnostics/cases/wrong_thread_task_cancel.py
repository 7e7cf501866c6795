"""A watchdog thread cancels a task directly."""

import asyncio
import threading


def watchdog(task, begun):
    begun.wait()
    task.cancel()  # finding: wrong-thread


async def main():
    begun = threading.Event()
    task = asyncio.create_task(asyncio.sleep(60))
    thread = threading.Thread(target=watchdog, args=(task, begun))
    thread.start()
    await asyncio.sleep(0.01)
    begun.set()
    try:
        await task
    except asyncio.CancelledError:
        print("cancelled")
    await asyncio.to_thread(thread.join)


asyncio.run(main())
