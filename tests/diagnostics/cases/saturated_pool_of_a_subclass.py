"""A pool with a class of its own, used by a service that knows nothing of its load."""

import asyncio
import concurrent.futures
import time


class NamedPool(concurrent.futures.ThreadPoolExecutor):
    def __init__(self, workers):
        super().__init__(workers, thread_name_prefix="disk")


class Disk:
    def __init__(self):
        self.pool = NamedPool(3)

    async def read(self, n):
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self.pool, self.load, n)  # finding: saturated-executor

    def load(self, n):
        time.sleep(0.2)
        return n


async def main():
    disk = Disk()
    print(sum(await asyncio.gather(*map(disk.read, range(7)))))
    disk.pool.shutdown()


asyncio.run(main())
