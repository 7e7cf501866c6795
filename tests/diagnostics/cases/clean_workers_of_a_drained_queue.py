# Only the workers know the queue; it is empty, and they are cancelled when that is convenient.
import asyncio


async def work(queue, out):
    while True:
        out.append(await queue.get())


def start(jobs, out):
    queue = asyncio.Queue()
    for job in jobs:
        queue.put_nowait(job)
    return [asyncio.create_task(work(queue, out)) for _ in range(3)]


async def main():
    out = []
    workers = start(range(10), out)
    await asyncio.sleep(1.2)
    for worker in workers:
        worker.cancel()
    await asyncio.gather(*workers, return_exceptions=True)
    print(len(out))


asyncio.run(main())
