"""Two threads take turns with the interpreter's lock; the loop's own part is too long anyway."""

import asyncio
import threading
import time


def spin(over):
    while not over.is_set():
        pass


async def main():
    await asyncio.sleep(0)
    end_s = time.thread_time() + 0.5
    while time.thread_time() < end_s:
        sum(range(10_000))  # finding: blocked-loop


over = threading.Event()
thread = threading.Thread(target=spin, args=(over,))
thread.start()
asyncio.run(main())
over.set()
thread.join()
