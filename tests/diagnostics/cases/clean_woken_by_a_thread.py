# A thread answers after a while; another one that nobody's module knows of, too.
import _thread
import asyncio
import threading
import time


def answer(loop, future):
    time.sleep(0.6)
    loop.call_soon_threadsafe(future.set_result, 1)


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    threading.Thread(target=answer, args=(loop, future)).start()
    await future
    future = loop.create_future()
    _thread.start_new_thread(answer, (loop, future))
    await future


asyncio.run(main())
