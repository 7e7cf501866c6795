"""A job in the executor starts a task and a timer."""

import asyncio


async def notify(done):
    done.set()


async def main():
    loop = asyncio.get_running_loop()
    done = asyncio.Event()
    timer = asyncio.Event()

    def job():
        loop.create_task(notify(done))  # finding: wrong-thread
        loop.call_later(0.001, timer.set)  # finding: wrong-thread

    await loop.run_in_executor(None, job)
    await done.wait()
    await timer.wait()


asyncio.run(main())
