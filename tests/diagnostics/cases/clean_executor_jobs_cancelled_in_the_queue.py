"""Jobs that are cancelled before they get a worker do not stand in anybody's way."""

import asyncio
import concurrent.futures
import time


async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        first = loop.run_in_executor(pool, time.sleep, 0.05)
        queued = [loop.run_in_executor(pool, time.sleep, 0.3) for _ in range(5)]
        for job in queued:
            job.cancel()
        await first
        await loop.run_in_executor(pool, time.sleep, 0.15)


asyncio.run(main())
