"""The crowd is on the loop of another thread."""

import asyncio
import threading
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


async def worker():
    await asyncio.sleep(0)
    burn(0.003)  # finding: starved-loop


async def serve():
    await asyncio.gather(*(worker() for _ in range(80)))


thread = threading.Thread(target=asyncio.run, args=(serve(),))
thread.start()
thread.join()
