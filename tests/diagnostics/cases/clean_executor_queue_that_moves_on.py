"""Jobs wait a little; none waits long."""

import asyncio
import concurrent.futures
import time


async def main():
    loop = asyncio.get_running_loop()
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        jobs = [loop.run_in_executor(pool, time.sleep, 0.001) for _ in range(20)]
        await asyncio.gather(*jobs)


asyncio.run(main())
