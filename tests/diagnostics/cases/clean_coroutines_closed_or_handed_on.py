"""Coroutines that are closed, awaited elsewhere, or cancelled before their start."""

import asyncio
import contextlib
import functools


async def work(n):
    await asyncio.sleep(0)
    return n


def logged(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)

    return wrapper


@logged
async def logged_work(n):
    return await work(n)


async def main():
    unwanted = work(1)
    unwanted.close()
    coroutines = [work(n) for n in range(3)]
    print(await asyncio.gather(*coroutines))
    print(await logged_work(1))
    later = functools.partial(work, 5)
    print(await later())
    never_started = asyncio.create_task(work(2))
    never_started.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await never_started
    thrown = work(3)
    with contextlib.suppress(ValueError):
        thrown.throw(ValueError)
    loop = asyncio.get_running_loop()
    loop.call_soon(lambda: asyncio.ensure_future(work(4)))
    future = asyncio.run_coroutine_threadsafe(work(6), loop)
    print(await asyncio.wrap_future(future))
    await asyncio.wait_for(work(7), 1)
    async with asyncio.TaskGroup() as group:
        group.create_task(work(8))


asyncio.run(main())
