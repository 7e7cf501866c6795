# The loop's thread waits for a lock that another thread holds.
import asyncio
import threading
import time

lock = threading.Lock()


def hold():
    with lock:
        time.sleep(0.6)


async def main():
    thread = threading.Thread(target=hold)
    thread.start()
    await asyncio.sleep(0.05)
    with lock:  # finding: blocked-loop
        pass
    thread.join()


asyncio.run(main())
