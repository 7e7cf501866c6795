"""A worker survives whatever its jobs do."""

import asyncio
import logging


async def job(n):
    await asyncio.sleep(0.05)


async def worker(q, done):
    while True:
        n = await q.get()
        if n is None:
            break
        try:
            await job(n)
        except BaseException:  # finding: swallowed-cancellation
            logging.getLogger("jobs").exception("job failed")
        finally:
            q.task_done()


async def main():
    q = asyncio.Queue()
    done = []
    for i in range(3):
        q.put_nowait(i)
    q.put_nowait(None)
    t = asyncio.create_task(worker(q, done))
    await asyncio.sleep(0.02)
    t.cancel()
    await asyncio.wait([t])


asyncio.run(main())
