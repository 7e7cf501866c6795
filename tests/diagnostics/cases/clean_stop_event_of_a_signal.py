# Only the signal handler knows the event.
import asyncio
import os
import signal


async def serve():
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, stop.set)
    await stop.wait()


async def main():
    task = asyncio.create_task(serve())
    for _ in range(18):
        await asyncio.sleep(0.05)
    os.kill(os.getpid(), signal.SIGUSR1)
    await task


asyncio.run(main())
