"""Tasks, futures, timers, and what other threads hand over."""

import asyncio
import contextlib
import contextvars
import os
import signal
import threading

from tests.faults.scenarios import ending_with_what_is_told

V = contextvars.ContextVar("V", default=None)


async def _child(n):
    V.set(n)
    await asyncio.sleep(0)
    if n % 7 == 3:
        raise OSError(n, "a scenario's own")
    return n


async def _cancel_all(tasks):
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def tasks():
    """Enough to let every array of the kernel grow; some fail."""
    made = []
    try:
        for n in range(400):
            made.append(asyncio.create_task(_child(n), name=f"child {n}"))
        results = await asyncio.gather(*made, return_exceptions=True)
        for one in results:
            if isinstance(one, MemoryError):
                raise one
        assert [one for one in results if isinstance(one, int)] == [
            n for n in range(400) if n % 7 != 3
        ]
    finally:
        await _cancel_all(made)


async def fan_out():
    """Many tasks and callbacks wait for one future."""
    loop = asyncio.get_running_loop()
    future = loop.create_future()
    seen = []

    async def waiter():
        return await asyncio.shield(future)

    made = [asyncio.create_task(waiter()) for _ in range(300)]
    try:
        for _ in range(300):
            future.add_done_callback(seen.append)
        await asyncio.sleep(0)
        future.set_result("x")
        async with ending_with_what_is_told():  # append() itself may find no memory
            assert await asyncio.gather(*made) == ["x"] * 300
            await asyncio.sleep(0)
            assert len(seen) == 300
    finally:
        future.cancel()
        await _cancel_all(made)


async def groups():
    """TaskGroup, timeout, wait_for, wait, as_completed; cancellation in the middle."""
    with contextlib.suppress(ExceptionGroup):
        async with asyncio.TaskGroup() as group:
            for n in range(10):
                group.create_task(_child(n))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(0.001):
            await asyncio.sleep(3600)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(asyncio.get_running_loop().create_future(), 0.001)
    assert await asyncio.wait_for(_child(1), 3600) == 1
    made = [asyncio.create_task(_child(n)) for n in range(3)]
    try:
        done, _ = await asyncio.wait(made)
        assert len(done) == 3
    finally:
        await _cancel_all(made)
    assert sorted([await one for one in asyncio.as_completed([_child(1), _child(2)])]) == [1, 2]


async def cancellation():
    """Chains of tasks that wait for each other are cancelled, and clean up."""
    cleaned = []
    failed = []

    async def link(n):
        try:
            if n:
                await asyncio.create_task(link(n - 1))
            else:
                await asyncio.sleep(3600)
        except MemoryError as error:  # a cancellation on the way out would hide it
            failed.append(error)
            raise
        finally:
            cleaned.append(n)
            await asyncio.sleep(0)

    task = asyncio.create_task(link(10))
    try:
        for _ in range(15):
            await asyncio.sleep(0)
        task.cancel("enough")
        with contextlib.suppress(asyncio.CancelledError):
            await task
        if failed:
            raise failed[0]
        assert cleaned == list(range(11))
    finally:
        failed.clear()
        await _cancel_all([task])


async def timers():
    """Armed, cancelled, and fired in order."""
    loop = asyncio.get_running_loop()
    fired = []
    end = loop.create_future()
    made = []
    try:
        for n in range(200):
            made.append(loop.call_later(n / 100_000, fired.append, n))
            if n % 3 == 0:
                made[n].cancel()
        made.append(loop.call_later(0.003, end.set_result, None))
        async with ending_with_what_is_told():
            await end
        assert fired == [n for n in range(200) if n % 3]
    finally:
        for timer in made:
            timer.cancel()


async def from_threads():
    """call_soon_threadsafe, run_coroutine_threadsafe, run_in_executor, to_thread."""
    loop = asyncio.get_running_loop()
    seen = []
    end = loop.create_future()

    def work():
        for n in range(100):
            loop.call_soon_threadsafe(seen.append, n)
        future = asyncio.run_coroutine_threadsafe(_child(1), loop)
        try:
            loop.call_soon_threadsafe(_finish, end, future.result(10))
        except BaseException as error:
            loop.call_soon_threadsafe(_fail, end, error)

    assert await loop.run_in_executor(None, len, "four") == 4
    assert await asyncio.to_thread(V.get) is None
    thread = threading.Thread(target=work)
    thread.start()
    try:
        async with ending_with_what_is_told():
            assert await end == 1
        assert seen == list(range(100))
    finally:
        end.cancel()
        await asyncio.to_thread(thread.join)


def _finish(future, value):
    if not future.done():
        future.set_result(value)


def _fail(future, error):
    if not future.done():
        future.set_exception(error)


async def signals():
    """add_signal_handler, and a signal."""
    loop = asyncio.get_running_loop()
    heard = loop.create_future()
    loop.add_signal_handler(signal.SIGUSR1, _finish, heard, "heard")
    try:
        async with ending_with_what_is_told():
            os.kill(os.getpid(), signal.SIGUSR1)
            assert await heard == "heard"
    finally:
        loop.remove_signal_handler(signal.SIGUSR1)


async def generators():
    """An asynchronous generator that is left, and one that is closed."""

    async def numbers():
        try:
            for n in range(10):
                await asyncio.sleep(0)
                yield n
        finally:
            await asyncio.sleep(0)

    assert [n async for n in numbers()] == list(range(10))
    left = numbers()
    assert await anext(left) == 0
    del left
    closed = numbers()
    assert await anext(closed) == 0
    await closed.aclose()
