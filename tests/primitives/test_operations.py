"""What `lock.acquire()` gives is a coroutine to everybody who gets hold of it."""

import asyncio
import collections.abc
import gc
import inspect
import sys
import traceback
import weakref

import pytest

import trueloop


@pytest.fixture
def held(primitives):
    """A lock that somebody holds."""
    lock = primitives.Lock()
    with pytest.raises(StopIteration):
        lock.acquire().send(None)
    assert lock.locked()
    return lock


async def started(coroutine):
    """A task that waits in this coroutine."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    return task


def test_it_is_a_coroutine_for_all_who_ask(primitives):
    operation = primitives.Lock().acquire()

    assert asyncio.iscoroutine(operation)
    assert inspect.isawaitable(operation)
    assert isinstance(operation, collections.abc.Coroutine)
    assert not asyncio.isfuture(operation)
    assert operation.__name__ == "acquire"
    assert operation.__qualname__ == "Lock.acquire"
    assert repr(operation).startswith("<coroutine object Lock.acquire at 0x")
    assert weakref.ref(operation)() is operation
    operation.close()


def test_nothing_happens_before_the_first_await(primitives):
    lock = primitives.Lock()
    operation = lock.acquire()

    assert not lock.locked()
    with pytest.raises(StopIteration) as ended:
        operation.send(None)
    assert ended.value.value is True
    assert lock.locked()


def test_one_that_nobody_awaits_is_warned_of(primitives):
    abandoned = [primitives.Event().wait()]

    with pytest.warns(RuntimeWarning, match=r"^coroutine 'Event.wait' was never awaited$"):
        abandoned.clear()


def test_one_that_is_closed_in_time_is_not_warned_of(primitives):
    primitives.Event().wait().close()
    gc.collect()


def test_it_cannot_be_awaited_twice(primitives, run):
    async def main():
        operation = primitives.Lock().acquire()
        await operation
        with pytest.raises(RuntimeError, match=r"^cannot reuse already awaited coroutine$"):
            await operation

    run(main)


def test_it_cannot_be_awaited_after_close(primitives):
    operation = primitives.Lock().acquire()
    operation.close()

    with pytest.raises(RuntimeError, match=r"^cannot reuse already awaited coroutine$"):
        operation.send(None)


def test_what_is_thrown_in_before_the_first_await_comes_out(primitives):
    lock = primitives.Lock()
    operation = lock.acquire()

    with pytest.raises(KeyError, match="thrown"):
        operation.throw(KeyError("thrown"))
    assert not lock.locked()


def test_what_is_thrown_in_at_the_await_comes_out_there(held, run):
    async def main():
        task = await started(held.acquire())
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError, match=r"^enough"):
            await task
        assert "waiters" not in repr(held)

    run(main)


def test_closing_one_that_waits_leaves_the_line(held, loop):
    async def main():
        operation = held.acquire()
        assert asyncio.isfuture(operation.send(None))
        assert "waiters:1" in repr(held)
        operation.close()
        assert "waiters" not in repr(held)

    loop.run_until_complete(main())


def test_one_that_waits_and_is_forgotten_leaves_the_line(held, loop):
    async def main():
        operation = held.acquire()
        operation.send(None)
        del operation
        gc.collect()
        assert "waiters" not in repr(held)

    loop.run_until_complete(main())


def test_a_task_runs_it_directly(primitives, run):
    async def main():
        task = asyncio.create_task(primitives.Lock().acquire(), name="taker")
        assert "coro=<Lock.acquire()" in repr(task)
        assert await task is True
        assert await asyncio.wait_for(primitives.Lock().acquire(), 5) is True
        assert await asyncio.gather(primitives.Lock().acquire()) == [True]

    run(main)


def test_traceback_of_a_cancelled_wait_ends_at_the_await(run):
    async def wait(event):
        await event.wait()

    async def main():
        task = await started(wait(trueloop.Event()))
        task.cancel()
        try:
            await task
        except asyncio.CancelledError as error:
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

    assert run(main)[-1] == "wait"


def test_a_line_keeps_no_task_alive_that_nobody_else_knows(primitives):
    """A circle of a primitive, its waiter and that one's task is garbage like any other."""
    gone = []

    async def main():
        event = primitives.Event()
        task = await started(event.wait())
        event.task = task
        weakref.finalize(event, gone.append, True)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    gc.collect()
    assert gone == [True]


def test_who_made_it_is_noted_if_python_was_told_to(primitives):
    def origin_of(make):
        coroutine = make()
        coroutine.close()
        return coroutine.cr_origin and coroutine.cr_origin[0]

    queue = primitives.Queue()
    for make in (primitives.Lock().acquire, queue.get, queue.get, queue.join):
        assert origin_of(make) is None
        sys.set_coroutine_origin_tracking_depth(1)
        try:
            file, _, function = origin_of(make)
        finally:
            sys.set_coroutine_origin_tracking_depth(0)
        assert (file, function) == (__file__, "origin_of")
        assert origin_of(make) is None
