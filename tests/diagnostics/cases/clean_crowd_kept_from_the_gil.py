# needs: can_see_gil
"""A library in a thread keeps the interpreter's lock while many tasks take their short steps."""

import asyncio
import ctypes
import threading
import time

keep_the_gil_us = ctypes.PyDLL(None).usleep


async def poll(over):
    while not over.is_set():
        await asyncio.sleep(0)


def library_call(over):
    time.sleep(0.05)
    keep_the_gil_us(250_000)
    over.set()


async def main():
    over = threading.Event()
    thread = threading.Thread(target=library_call, args=(over,))
    thread.start()
    asyncio.get_running_loop().slow_callback_duration = 0.2
    await asyncio.gather(*(poll(over) for _ in range(50)))
    thread.join()


asyncio.run(main())
