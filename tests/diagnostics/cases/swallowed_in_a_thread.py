"""The loop of a thread; the cancellation comes from the main thread."""

import asyncio
import threading

started = threading.Event()
shared = {}


async def worker():
    shared["loop"] = asyncio.get_running_loop()
    shared["task"] = asyncio.current_task()
    started.set()
    try:
        await asyncio.sleep(5)
    except asyncio.CancelledError:  # finding: swallowed-cancellation
        return


thread = threading.Thread(target=lambda: asyncio.run(worker()))
thread.start()
started.wait()
shared["loop"].call_soon_threadsafe(shared["task"].cancel)
thread.join()
