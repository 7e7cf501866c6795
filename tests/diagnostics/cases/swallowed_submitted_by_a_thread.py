"""A thread gives up what it has submitted."""

import asyncio
import time


async def worker():
    try:
        await asyncio.sleep(1)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return 1


async def main():
    loop = asyncio.get_running_loop()

    def th():
        f = asyncio.run_coroutine_threadsafe(worker(), loop)
        time.sleep(0.05)
        f.cancel()

    await asyncio.to_thread(th)
    await asyncio.sleep(0.05)


asyncio.run(main())
