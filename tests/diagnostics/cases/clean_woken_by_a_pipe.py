# A child made by fork writes to a pipe.
import asyncio
import os
import time


async def main():
    loop = asyncio.get_running_loop()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        time.sleep(0.5)
        os.write(writer, b"x")
        os._exit(0)
    os.close(writer)
    event = asyncio.Event()
    loop.add_reader(reader, event.set)
    await event.wait()
    loop.remove_reader(reader)
    os.close(reader)
    os.waitpid(child, 0)


asyncio.run(main())
