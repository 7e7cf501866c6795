# A thread submits coroutines and drops the futures.
import asyncio
import threading


async def store(row):
    await asyncio.sleep(0.01)
    raise KeyError(row)  # finding: lost-exception


async def main():
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=lambda: asyncio.run_coroutine_threadsafe(store("price"), loop))
    thread.start()
    await asyncio.sleep(0.05)
    thread.join()


asyncio.run(main())
