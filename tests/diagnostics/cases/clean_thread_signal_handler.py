"""A signal handler runs in the loop's thread, and may call soon."""

import asyncio
import os
import signal


async def main():
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    other = asyncio.Event()
    loop.add_signal_handler(signal.SIGUSR1, stop.set)
    signal.signal(signal.SIGUSR2, lambda *_: loop.call_soon_threadsafe(other.set))
    os.kill(os.getpid(), signal.SIGUSR1)
    await stop.wait()
    os.kill(os.getpid(), signal.SIGUSR2)
    await other.wait()


asyncio.run(main())
