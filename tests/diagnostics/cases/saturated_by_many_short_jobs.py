"""No job takes long, but there are far too many."""

import asyncio
import concurrent.futures
import time


async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        jobs = [
            loop.run_in_executor(pool, time.sleep, 0.01)  # finding: saturated-executor
            for _ in range(60)
        ]
        await asyncio.gather(*jobs)


asyncio.run(main())
