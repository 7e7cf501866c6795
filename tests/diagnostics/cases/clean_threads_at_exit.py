# Idle workers, a daemon thread, a thread that runs a loop of its own, a job of nobody's loop.
import asyncio
import concurrent.futures
import threading
import time

pool = concurrent.futures.ThreadPoolExecutor(2)


async def serve():
    await asyncio.sleep(1.4)


async def main():
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(pool, time.sleep, 0.01)
    await asyncio.to_thread(time.sleep, 0.01)
    threading.Thread(target=time.sleep, args=(10,), daemon=True).start()


asyncio.run(main())
threading.Thread(target=lambda: asyncio.run(serve())).start()
pool.submit(time.sleep, 1.3)
