# The loop runs in a thread, and the main thread tells it what to do.
import asyncio
import threading
import time


async def serve(started, state):
    state["loop"] = asyncio.get_running_loop()
    state["stop"] = asyncio.Event()
    started.set()
    await state["stop"].wait()


started, state = threading.Event(), {}
thread = threading.Thread(target=lambda: asyncio.run(serve(started, state)))
thread.start()
started.wait()
time.sleep(0.6)
state["loop"].call_soon_threadsafe(state["stop"].set)
thread.join()
