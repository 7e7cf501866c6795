"""A thread hands over its results one by one, faster than the loop takes them."""

import asyncio
import threading
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


def store(result, done):
    burn(0.001)  # finding: starved-loop
    if result == 299:
        done.set_result(None)


def produce(loop, done):
    for result in range(300):
        loop.call_soon_threadsafe(store, result, done)


async def main():
    loop = asyncio.get_running_loop()
    done = loop.create_future()
    thread = threading.Thread(target=produce, args=(loop, done))
    thread.start()
    await asyncio.sleep(0.01)
    await done
    thread.join()


asyncio.run(main())
