"""The done-callback of a pool's own future runs in the pool's thread."""

import asyncio
import concurrent.futures
import time


def job():
    time.sleep(0.02)
    return 7


async def main():
    loop = asyncio.get_running_loop()
    answer = loop.create_future()
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        future = pool.submit(job)
        future.add_done_callback(
            lambda done: answer.set_result(done.result())  # finding: wrong-thread
        )
        print(await answer)


asyncio.run(main())
