# The futures are kept, even asked whether they are done; but never for their outcome.
import asyncio
import time

submitted = []


async def store(row):
    await asyncio.sleep(0.01)
    raise KeyError(row)  # finding: lost-exception


def worker(loop):
    submitted.append(asyncio.run_coroutine_threadsafe(store("price"), loop))
    while not all(future.done() for future in submitted):
        time.sleep(0.01)


async def main():
    await asyncio.to_thread(worker, asyncio.get_running_loop())


asyncio.run(main())
