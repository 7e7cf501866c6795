# A job in another process, handed in by way of threads of the pool's own.
import asyncio
import concurrent.futures
import multiprocessing
import time


async def main(pool):
    await asyncio.get_running_loop().run_in_executor(pool, time.sleep, 0.5)


if __name__ == "__main__":
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(1, mp_context=context) as pool:
        pool.submit(int).result()  # starts the process, which would hold up the loop
        asyncio.run(main(pool))
