"""Another part of the program keeps the shared pool busy, without asyncio."""

import asyncio
import concurrent.futures
import time


async def main():
    loop = asyncio.get_running_loop()
    pool = concurrent.futures.ThreadPoolExecutor(2)
    for _ in range(2):
        pool.submit(time.sleep, 0.4)
    await loop.run_in_executor(pool, print, "at last")  # finding: saturated-executor
    pool.shutdown()


asyncio.run(main())
