"""As many jobs as workers, and the next when one has ended; failures and results come through."""

import asyncio
import concurrent.futures
import time


def fail():
    raise ValueError("no")


async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        for _ in range(3):
            jobs = [loop.run_in_executor(pool, time.sleep, 0.15) for _ in range(4)]
            await asyncio.gather(*jobs)
        try:
            await loop.run_in_executor(pool, fail)
        except ValueError as error:
            print(error)
    print(await asyncio.to_thread(sum, [1, 2]))


asyncio.run(main())
