"""The result of a job is waited for in the thread of the loop."""

import asyncio
import concurrent.futures
import time


def job():
    time.sleep(0.4)
    return 42


async def main():
    await asyncio.sleep(0)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        print(pool.submit(job).result())  # finding: blocked-loop


asyncio.run(main())
