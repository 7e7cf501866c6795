"""Threads that use what is made for them, and those that only look."""

import asyncio
import concurrent.futures
import threading


async def double(n):
    await asyncio.sleep(0)
    return 2 * n


async def main():
    loop = asyncio.get_running_loop()
    queue = asyncio.Queue()
    event = asyncio.Event()
    task = asyncio.create_task(event.wait())

    def work():
        for n in range(3):
            loop.call_soon_threadsafe(queue.put_nowait, n)
        print(asyncio.run_coroutine_threadsafe(double(4), loop).result())
        print(loop.is_running(), loop.time() > 0, task.done(), queue.qsize() >= 0)
        loop.call_soon_threadsafe(event.set)

    thread = threading.Thread(target=work)
    thread.start()
    for _ in range(3):
        await queue.get()
    await task
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        print(await asyncio.wrap_future(pool.submit(pow, 2, 3)))
        print(await loop.run_in_executor(pool, pow, 2, 4))
        settled = loop.create_future()
        pool.submit(pow, 2, 5).add_done_callback(
            lambda done: loop.call_soon_threadsafe(settled.set_result, done.result())
        )
        print(await settled)
    await asyncio.to_thread(thread.join)


asyncio.run(main())
