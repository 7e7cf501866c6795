"""The loop of one thread puts into the queue of the other."""

import asyncio
import threading


def produce(queue, ready):
    async def work():
        ready.wait()
        await queue.put(1)  # finding: wrong-thread

    asyncio.run(work())


async def main():
    queue = asyncio.Queue()
    ready = threading.Event()
    thread = threading.Thread(target=produce, args=(queue, ready))
    thread.start()
    asyncio.get_running_loop().call_later(0.02, ready.set)
    print(await queue.get())
    await asyncio.to_thread(thread.join)


asyncio.run(main())
