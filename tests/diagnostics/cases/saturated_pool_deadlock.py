"""Each job waits for another job of the same pool, until it gives up."""

import asyncio
import concurrent.futures


async def main():
    loop = asyncio.get_running_loop()
    pool = concurrent.futures.ThreadPoolExecutor(2)

    async def inner():
        return await loop.run_in_executor(pool, str, 1)  # finding: saturated-executor

    def outer():
        try:
            return asyncio.run_coroutine_threadsafe(inner(), loop).result(0.4)
        except TimeoutError:
            return None

    print(await asyncio.gather(*(loop.run_in_executor(pool, outer) for _ in range(2))))
    pool.shutdown()


asyncio.run(main())
