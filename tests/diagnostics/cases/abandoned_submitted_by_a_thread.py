# A thread submits a coroutine that main does not know of. Where it is suspended is all there is.
import asyncio
import threading


async def sync():
    await asyncio.sleep(30)  # finding: abandoned-task


async def main():
    loop = asyncio.get_running_loop()
    thread = threading.Thread(target=asyncio.run_coroutine_threadsafe, args=(sync(), loop))
    thread.start()
    await asyncio.sleep(0.05)
    thread.join()


asyncio.run(main())
