"""A plain context manager, written as a generator, logs everything."""

import asyncio
import contextlib
import logging


@contextlib.contextmanager
def quiet():
    try:
        yield
    except (Exception, asyncio.CancelledError) as e:  # finding: swallowed-cancellation
        logging.getLogger("jobs").error("x %r", e)


async def worker():
    with quiet():
        await asyncio.sleep(1)


async def main():
    task = asyncio.create_task(worker())
    await asyncio.sleep(0.02)
    task.cancel()
    print(await asyncio.gather(task, return_exceptions=True))


asyncio.run(main())
