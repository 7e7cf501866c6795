# The result comes from a worker, while other workers are idle; and from a pool's initialiser.
import asyncio
import concurrent.futures
import functools
import time


def prepare(loop, future):
    time.sleep(0.4)
    loop.call_soon_threadsafe(future.set_result, "ready")


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.gather(*(asyncio.to_thread(time.sleep, 0.01) for _ in range(4)))
    future = loop.create_future()
    loop.run_in_executor(None, prepare, loop, future)
    print(await future)
    future = loop.create_future()
    with concurrent.futures.ThreadPoolExecutor(
        1, initializer=functools.partial(prepare, loop, future)
    ) as pool:
        job = pool.submit(int)
        print(await future, job.result())


asyncio.run(main())
