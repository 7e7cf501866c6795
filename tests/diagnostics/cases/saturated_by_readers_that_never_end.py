"""Blocking readers hold every worker for as long as the program runs."""

import asyncio
import concurrent.futures
import queue


async def main():
    loop = asyncio.get_running_loop()
    loop.set_default_executor(concurrent.futures.ThreadPoolExecutor(2))
    lines = queue.Queue()
    readers = [loop.run_in_executor(None, lines.get) for _ in range(2)]
    try:
        async with asyncio.timeout(0.3):
            await asyncio.to_thread(print, "never")  # finding: saturated-executor
    except TimeoutError:
        print("no worker")
    for _ in readers:
        lines.put("the end")
    await asyncio.gather(*readers)


asyncio.run(main())
