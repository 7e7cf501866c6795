# The loop that is blocked runs in a thread of its own; the main thread only waits.
import asyncio
import threading
import time


async def work():
    await asyncio.sleep(0.01)
    time.sleep(0.5)  # finding: blocked-loop


thread = threading.Thread(target=asyncio.run, args=(work(),))
thread.start()
thread.join()
