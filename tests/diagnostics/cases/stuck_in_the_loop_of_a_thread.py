# A task of a second thread's loop does not end.
import asyncio
import threading


async def stubborn():
    try:
        await asyncio.sleep(10)
    except asyncio.CancelledError:
        await asyncio.sleep(1.6)  # finding: stuck-shutdown
        raise


async def main():
    task = asyncio.create_task(stubborn())
    await asyncio.sleep(0.05)
    task.cancel()
    await asyncio.wait([task])


thread = threading.Thread(target=asyncio.run, args=(main(),))
thread.start()
thread.join()
