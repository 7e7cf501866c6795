# A job in another process, handed in by way of threads of the pool's own.
import asyncio
import concurrent.futures
import multiprocessing
import time


async def main():
    loop = asyncio.get_running_loop()
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        await loop.run_in_executor(pool, time.sleep, 0.5)


if __name__ == "__main__":
    asyncio.run(main())
