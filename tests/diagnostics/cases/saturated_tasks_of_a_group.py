"""Tasks of a group that are nothing but jobs."""

import asyncio
import concurrent.futures
import time


async def main():
    asyncio.get_running_loop().set_default_executor(concurrent.futures.ThreadPoolExecutor(2))
    async with asyncio.TaskGroup() as group:
        for _ in range(5):
            group.create_task(asyncio.to_thread(time.sleep, 0.2))  # finding: saturated-executor


asyncio.run(main())
