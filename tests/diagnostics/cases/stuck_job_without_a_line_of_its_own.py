# A thread waits in queue.get(): the line that sent it there is named.
import asyncio
import queue
import threading

typed = queue.SimpleQueue()


async def main():
    reading = asyncio.create_task(asyncio.to_thread(typed.get))  # finding: stuck-shutdown
    await asyncio.sleep(0.05)
    threading.Timer(1.8, typed.put, ("late",)).start()
    reading.cancel()


asyncio.run(main())
