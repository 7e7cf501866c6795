# A thread that nobody told to end waits for its next job.
import asyncio
import queue
import threading

jobs = queue.Queue()


def consume():
    try:
        while True:
            print(jobs.get(timeout=1.8))  # finding: stuck-shutdown
    except queue.Empty:
        pass


async def main():
    threading.Thread(target=consume).start()
    jobs.put("one")
    await asyncio.sleep(0.05)


asyncio.run(main())
