"""A thread sets an event, and releases a semaphore, for which tasks wait."""

import asyncio
import threading
import time


def work(event, semaphore):
    time.sleep(0.1)
    event.set()  # finding: wrong-thread
    time.sleep(0.1)
    semaphore.release()  # finding: wrong-thread


async def main():
    event = asyncio.Event()
    semaphore = asyncio.Semaphore(0)
    thread = threading.Thread(target=work, args=(event, semaphore))
    thread.start()
    await event.wait()
    await semaphore.acquire()
    await asyncio.to_thread(thread.join)


asyncio.run(main())
