"""Coroutines in a pool of workers: each worker keeps a loop of its own and runs batches on it.

Runs inside worker threads and worker processes, so a pool can import it by name.
Law: a loop is made, filled and run by one and the same worker.
"""

import asyncio
import contextvars
import os
import threading

loops = {}
request_id = contextvars.ContextVar("request_id", default="none")


def worker_id():
    """The worker that asks: a process, or a thread in it."""
    return os.getpid(), threading.get_native_id()


async def square(number):
    await asyncio.sleep(0)
    return worker_id(), number * number


def dispatch(new_event_loop, everyone_has_one, corofn, *args):
    """Put one coroutine on this worker's loop, which is not running yet."""
    loop = loops.get(worker_id())
    if loop is None:
        loop = loops[worker_id()] = new_event_loop()
    loop.create_task(corofn(*args))
    everyone_has_one.wait()


def run_batch(everyone_has_one):
    """Run this worker's loop until its whole batch has finished; close it and give the results."""
    everyone_has_one.wait()
    loop = loops.pop(worker_id())

    async def join(tasks):
        return await asyncio.gather(*tasks)

    try:
        return worker_id(), loop.run_until_complete(join(asyncio.all_tasks(loop)))
    finally:
        loop.close()


def run_alone(new_event_loop, corofn, *args):
    """Run one coroutine from beginning to end on a loop made for it."""
    with asyncio.Runner(loop_factory=new_event_loop) as runner:
        return runner.run(corofn(*args))
