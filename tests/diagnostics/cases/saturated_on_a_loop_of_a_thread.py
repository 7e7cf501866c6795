"""The loops of two threads share a pool that is too small for both."""

import asyncio
import concurrent.futures
import threading
import time

pool = concurrent.futures.ThreadPoolExecutor(1)
taken = threading.Event()


def hold():
    taken.set()
    time.sleep(0.5)


async def long_job():
    await asyncio.get_running_loop().run_in_executor(pool, hold)


async def short_job():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, print, "at last")  # finding: saturated-executor


thread = threading.Thread(target=asyncio.run, args=(long_job(),))
thread.start()
taken.wait()
time.sleep(0.05)
asyncio.run(short_job())
thread.join()
