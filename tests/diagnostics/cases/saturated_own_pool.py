"""A pool of one, and two jobs at once."""

import asyncio
import concurrent.futures
import time


async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = loop.run_in_executor(pool, time.sleep, 0.3)
        second = loop.run_in_executor(pool, time.sleep, 0)  # finding: saturated-executor
        await asyncio.gather(first, second)


asyncio.run(main())
