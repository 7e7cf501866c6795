# Between two jobs nothing is alive but a worker that has just become idle, or is about to.
import asyncio
import threading


def answer(loop, future):
    loop.call_soon_threadsafe(future.set_result, None)


async def main():
    loop = asyncio.get_running_loop()
    for _ in range(3000):
        await asyncio.to_thread(int)
    for _ in range(1000):
        future = loop.create_future()
        threading.Thread(target=answer, args=(loop, future)).start()
        await future


asyncio.run(main())
