"""The main thread stops a loop that runs in another thread."""

import asyncio
import threading

loop = asyncio.new_event_loop()
running = threading.Event()


def serve():
    asyncio.set_event_loop(loop)
    loop.call_soon(running.set)
    loop.run_forever()
    loop.close()


thread = threading.Thread(target=serve)
thread.start()
running.wait()
loop.stop()  # finding: wrong-thread
thread.join()
