"""Other executors than thread pools are not judged."""

import asyncio
import concurrent.futures
import time


class Serial(concurrent.futures.Executor):
    def submit(self, function, /, *args, **kwargs):
        future = concurrent.futures.Future()
        future.set_result(function(*args, **kwargs))
        return future


async def main(pool):
    loop = asyncio.get_running_loop()
    print(await loop.run_in_executor(Serial(), pow, 2, 3))
    jobs = [loop.run_in_executor(pool, time.sleep, 0.15) for _ in range(3)]
    await asyncio.gather(*jobs)


if __name__ == "__main__":
    with concurrent.futures.ProcessPoolExecutor(1) as processes:
        processes.submit(int).result()  # starting a process would block the loop
        asyncio.run(main(processes))
