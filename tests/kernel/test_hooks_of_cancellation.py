"""Hooks and facts of a cancellation: who asked, what was thrown, what came of it."""

import asyncio
import gc
import weakref

import pytest

from trueloop.kernel import task as kernel_task
from trueloop.kernel.cancellation import request_of


@pytest.fixture
def survived(bare_loop):
    """(task, exception, whether the task is done) of each cancellation that a task survived."""
    found = []
    bare_loop.hooks.cancellation_survived = lambda task, exc: found.append((task, exc, task.done()))
    yield found
    bare_loop.hooks.cancellation_survived = None


async def swallow(awaited, then=None):
    try:
        await awaited
    except asyncio.CancelledError:
        if then is not None:
            return await then
    return "survived"


def cancelled_after_a_step(loop, coroutine):
    async def main():
        task = asyncio.create_task(coroutine, name="victim")
        await asyncio.sleep(0)
        task.cancel("enough")
        await asyncio.wait([task])
        return task

    return loop.run_until_complete(main())


def test_a_task_that_catches_its_cancellation_survives_it(bare_loop, survived):
    task = cancelled_after_a_step(bare_loop, swallow(asyncio.sleep(3600)))
    assert [(who, done) for who, _, done in survived] == [(task, True)]
    assert survived[0][1].args == ("enough",)


def test_the_hook_comes_when_the_task_has_suspended_again(bare_loop, survived):
    task = cancelled_after_a_step(bare_loop, swallow(asyncio.sleep(3600), asyncio.sleep(0)))
    assert [(who, done) for who, _, done in survived] == [(task, False)]


def test_a_task_that_lets_it_pass_does_not_survive(bare_loop, survived):
    task = cancelled_after_a_step(bare_loop, asyncio.sleep(3600))
    assert task.cancelled()
    assert survived == []


def test_a_cancelled_future_is_not_the_tasks_own_cancellation(bare_loop, survived):
    async def main():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(swallow(future))
        await asyncio.sleep(0)
        future.cancel()
        await task

    bare_loop.run_until_complete(main())
    assert survived == []


def test_each_request_is_delivered_once(bare_loop, survived):
    async def main():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(swallow(asyncio.sleep(3600), swallow(future)))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        future.cancel()  # nobody asked the task again
        await task

    bare_loop.run_until_complete(main())
    assert len(survived) == 1


def test_a_request_through_a_gather_is_the_childs_and_the_waiters(bare_loop, survived):
    async def main():
        async def waiter():
            await asyncio.gather(swallow(asyncio.sleep(3600)))

        task = asyncio.create_task(waiter(), name="waiter")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task

    task = bare_loop.run_until_complete(main())
    assert task.cancelled()
    assert [who.get_name() for who, *_ in survived] != ["waiter"]
    assert len(survived) == 1


def test_a_conversion_is_survival(bare_loop, survived):
    async def convert():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            raise ValueError("converted") from None

    task = cancelled_after_a_step(bare_loop, convert())
    assert task.exception().args == ("converted",)
    assert [(who, done) for who, _, done in survived] == [(task, True)]


def test_nothing_of_the_exception_is_kept(bare_loop):
    seen = []
    bare_loop.hooks.cancellation_survived = lambda task, exc: seen.append(weakref.ref(exc))
    cancelled_after_a_step(bare_loop, swallow(asyncio.sleep(3600)))
    gc.collect()
    assert [reference() for reference in seen] == [None]
    bare_loop.hooks.cancellation_survived = None


def test_the_request_knows_who_asked_where(bare_loop):
    async def main():
        asyncio.current_task().set_name("boss")
        task = asyncio.create_task(asyncio.sleep(3600))
        assert task.cancel_request is None
        await asyncio.sleep(0)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError) as raised:
            await task
        return task.cancel_request, raised.value

    request, error = bare_loop.run_until_complete(main())
    assert request.by == "boss"
    assert request.site[0] == __file__
    assert request.caller.co_name == "main"
    assert request.message == "enough"
    assert 0 <= bare_loop.time() - request.time_s < 3600
    assert request_of(error) is request


def test_a_timeout_asks_as_asyncio_itself(bare_loop):
    async def main():
        try:
            async with asyncio.timeout(0):
                await asyncio.sleep(3600)
        except TimeoutError as error:
            return error.__cause__

    request = request_of(bare_loop.run_until_complete(main()))
    assert request.by is None
    assert request.caller.co_qualname == "Timeout._on_timeout"


def test_no_other_exception_carries_a_request():
    assert request_of(asyncio.CancelledError()) is None
    assert request_of(ValueError()) is None
    with pytest.raises(TypeError, match="an exception was expected"):
        request_of("no exception")


def test_uncancel_is_told_before_it_counts(bare_loop):
    seen = []
    bare_loop.hooks.uncancelled = lambda task: seen.append(task.cancelling())

    async def main():
        task = asyncio.current_task()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(0)
        task.uncancel()

    bare_loop.run_until_complete(main())
    assert seen == [1]


def test_interrupt_takes_a_task_off_what_it_waits_for(bare_loop):
    async def main():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(swallow(future))
        assert not kernel_task.interrupt(task, KeyError())  # it has not begun
        await asyncio.sleep(0)
        assert kernel_task.interrupt(task, KeyError("interrupted"))
        with pytest.raises(KeyError, match="interrupted"):
            await task
        assert not future.done()
        assert not future._callbacks
        assert not kernel_task.interrupt(task, KeyError())  # it has ended

    bare_loop.run_until_complete(main())


def test_interrupt_takes_a_task_off_what_another_iterator_waits_for(bare_loop, caplog):
    """`return future.__await__()`: the task is a done-callback then, not a waiter."""

    class Job:
        def __init__(self, future):
            self.future = future

        def __await__(self):
            return self.future.__await__()

    async def main():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(swallow(Job(future)))
        await asyncio.sleep(0)
        assert kernel_task.interrupt(task, KeyError("interrupted"))
        with pytest.raises(KeyError, match="interrupted"):
            await task
        assert not future._callbacks
        future.set_result(None)
        await asyncio.sleep(0)

    bare_loop.run_until_complete(main())
    assert caplog.records == []


def test_interrupt_comes_too_late_for_what_is_done(bare_loop):
    async def main():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(swallow(future))
        await asyncio.sleep(0)
        future.set_result(None)
        assert not kernel_task.interrupt(task, KeyError())
        assert await task == "survived"

    bare_loop.run_until_complete(main())


def circle(loop, length):
    """Tasks that each wait for the next, the last of them for the first."""

    async def member(number):
        await tasks[(number + 1) % length]

    tasks = [loop.create_task(member(number)) for number in range(length)]
    return tasks


@pytest.mark.parametrize("length", [2, 3, 60])
def test_a_circle_of_tasks_is_told_when_it_closes(bare_loop, length):
    bare_loop.hooks.circular = lambda task, awaited: RuntimeError(task, awaited)
    tasks = circle(bare_loop, length)
    with pytest.raises(RuntimeError) as raised:
        bare_loop.run_until_complete(tasks[0])
    assert raised.value.args == (tasks[-1], tasks[0])
    assert all(task.done() for task in tasks)
    for task in tasks:
        task.exception()


def test_without_an_answer_a_circle_waits(bare_loop):
    asked = []
    bare_loop.hooks.circular = lambda task, awaited: asked.append((task, awaited))
    tasks = circle(bare_loop, 3)
    bare_loop.run_until_complete(asyncio.sleep(0.001))
    assert asked == [(tasks[2], tasks[0])]
    assert not any(task.done() for task in tasks)
    kernel_task.interrupt(tasks[0], KeyError())
    bare_loop.run_until_complete(asyncio.wait(tasks))


def test_a_task_that_awaits_itself_is_told(bare_loop):
    async def main():
        await asyncio.current_task()

    bare_loop.hooks.circular = lambda task, awaited: LookupError(task is awaited)
    with pytest.raises(LookupError, match="True"):
        bare_loop.run_until_complete(main())
