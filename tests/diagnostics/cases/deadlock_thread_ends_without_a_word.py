# The thread that should have answered dies first.
import asyncio
import threading
import time


def answer(loop, future):
    time.sleep(0.3)
    if future.cancelled():
        loop.call_soon_threadsafe(future.set_result, 1)


async def main():
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    threading.Thread(target=answer, args=(loop, future)).start()
    await future  # finding: deadlock


asyncio.run(main())
