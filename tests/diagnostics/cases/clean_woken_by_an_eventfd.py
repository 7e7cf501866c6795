# The program's own eventfd looks like the loop's bell, but is not.
import asyncio
import ctypes
import os
import threading


async def main():
    loop = asyncio.get_running_loop()
    fd = ctypes.CDLL(None).eventfd(0, 0)
    event = asyncio.Event()
    loop.add_reader(fd, event.set)
    timer = threading.Timer(0.5, os.write, (fd, (1).to_bytes(8, "little")))
    timer.start()
    await event.wait()
    loop.remove_reader(fd)
    os.close(fd)
    timer.join()


asyncio.run(main())
