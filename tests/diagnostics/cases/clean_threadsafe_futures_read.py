# All the ways in which a thread can learn how its coroutine ended.
import asyncio
import concurrent.futures
import threading


async def fail():
    await asyncio.sleep(0.02)
    raise ValueError("told to the thread")


def worker(loop):
    try:
        asyncio.run_coroutine_threadsafe(fail(), loop).result()
    except ValueError as error:
        print(error)
    print(asyncio.run_coroutine_threadsafe(fail(), loop).exception())
    future = asyncio.run_coroutine_threadsafe(fail(), loop)
    concurrent.futures.wait([future])
    print(future.exception())
    futures = [asyncio.run_coroutine_threadsafe(fail(), loop) for _ in range(3)]
    for future in concurrent.futures.as_completed(futures):
        print(future.exception())
    told = threading.Event()
    future = asyncio.run_coroutine_threadsafe(fail(), loop)
    future.add_done_callback(lambda done: (print(done.exception()), told.set()))
    del future
    told.wait()
    future = asyncio.run_coroutine_threadsafe(fail(), loop)
    try:
        future.result(timeout=0.001)
    except concurrent.futures.TimeoutError:
        print("not yet:", future.exception())


async def main():
    loop = asyncio.get_running_loop()
    await asyncio.to_thread(worker, loop)
    wrapped = asyncio.wrap_future(asyncio.run_coroutine_threadsafe(fail(), loop))
    try:
        await wrapped
    except ValueError as error:
        print(error)


asyncio.run(main())
