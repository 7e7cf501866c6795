"""Many tasks end together, and each has a done-callback that computes."""

import asyncio
import time


def burn(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(50))


def summarise(task):
    burn(0.002)  # finding: starved-loop


async def fetch(released):
    await released.wait()


async def main():
    released = asyncio.Event()
    tasks = [asyncio.create_task(fetch(released)) for _ in range(150)]
    for task in tasks:
        task.add_done_callback(summarise)
    await asyncio.sleep(0.01)
    released.set()
    await asyncio.wait(tasks)
    await asyncio.sleep(0.01)


asyncio.run(main())
