"""as_completed: asyncio's of the running version, in whichever order things end."""

import asyncio
import gc
import sys
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives import countdown
from tests.primitives.children import NEVER_S, after_passes, fails, passes

IS_ASYNCHRONOUS = sys.version_info >= (3, 13)
only_asynchronous = pytest.mark.skipif(not IS_ASYNCHRONOUS, reason="came with Python 3.13")


def test_results_come_in_the_order_of_the_ends(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(passes(2, "task"))
        after_passes(asyncio.get_running_loop(), 9, future.set_result, "future")
        what = [future, passes(5, "slow"), task, trueloop.sleep(0, "fast"), task]
        found = [await each for each in primitives.as_completed(what)]
        assert found == ["fast", "task", "slow", "future"]
        assert list(primitives.as_completed([])) == []

    run(main)


def test_a_failure_is_raised_where_its_turn_is(primitives, run):
    async def main():
        first, second = primitives.as_completed([passes(3, "slow"), fails(KeyError("k"), 1)])
        with pytest.raises(KeyError, match="k"):
            await first
        assert await second == "slow"

    run(main)


def test_time_that_is_up_is_raised_for_each_that_is_not_done(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        found = []
        for each in primitives.as_completed([passes(0, "in time"), future], timeout=0.001):
            try:
                found.append(await each)
            except TimeoutError as error:
                found.append(error.args)
        assert found == ["in time", ()]
        assert not future._callbacks
        for each in primitives.as_completed([passes(0)], timeout=NEVER_S):
            await each
        if isinstance(loop, trueloop.EventLoop):
            assert loop._scheduled == []

    run(main)


@only_asynchronous
def test_asynchronous_iteration_gives_the_very_futures(primitives, run):
    async def main():
        tasks = [asyncio.create_task(passes(n, n)) for n in (3, 1, 2)]
        found = [each async for each in primitives.as_completed(tasks)]
        assert found == [tasks[1], tasks[2], tasks[0]]
        iterator = primitives.as_completed([tasks[0], passes(1, "task")])
        assert aiter(iterator) is iterator
        assert await anext(iterator) is tasks[0]
        assert await next(iterator) == "task"
        with pytest.raises(StopAsyncIteration):
            await anext(iterator)
        with pytest.raises(StopIteration):
            next(iterator)
        with pytest.raises(TimeoutError):
            async for _ in primitives.as_completed([passes(NEVER_S)], timeout=0):
                pass

    run(main)


def test_a_wait_that_is_cancelled_takes_nothing_away(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        other = asyncio.get_running_loop().create_future()
        first, second = primitives.as_completed([future, other])
        waiting = [asyncio.create_task(first), asyncio.create_task(second)]
        await passes()
        future.set_result("result")
        await passes()
        waiting[0].cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting[0]
        assert await waiting[1] == "result"
        assert not other.done()

    run(main)


def test_mistakes_are_told_as_asyncio_tells_them(primitives, run):
    async def main():
        coroutine = passes()
        with pytest.raises(TypeError, match=r"^expects? an iterable of .*, not coroutine$"):
            next(primitives.as_completed(coroutine))
        coroutine.close()
        with pytest.raises(TypeError, match="awaitable is required"):
            next(primitives.as_completed([1]))
        unwanted = next(primitives.as_completed([passes()]))
        assert asyncio.iscoroutine(unwanted)
        with pytest.warns(RuntimeWarning, match=r"_wait_for_one' was never awaited"):
            del unwanted
        await passes(2)

    run(main)


def test_it_begins_when_asyncios_begins(primitives, run):
    async def main():
        tasks = len(asyncio.all_tasks())
        coroutine = passes(1, 1)
        completed = primitives.as_completed([coroutine])
        assert len(asyncio.all_tasks()) - tasks == (1 if IS_ASYNCHRONOUS else 0)
        assert [await each for each in completed] == [1]

    run(main)


def test_it_says_what_it_is(primitives, run):
    async def main():
        task = asyncio.create_task(passes())
        following = next(primitives.as_completed([task]))
        name = "AsCompletedIterator._handle_completion()" if IS_ASYNCHRONOUS else "_on_completion()"
        assert name in repr(task)
        assert following.__name__ == "_wait_for_one"
        await following

    run(main)


def test_it_works_where_the_loop_is_told_otherwise(primitives, run):
    """A task factory, an instrumented call_soon, debug mode, futures of another kind."""

    class Other(asyncio.Future):
        """One that may be anything."""

    made = []

    def factory(loop, coroutine, **options):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main():
        loop = asyncio.get_running_loop()
        other = Other()
        loop.set_task_factory(factory)
        call_soon, seen = loop.call_soon, []

        def noting_call_soon(callback, *args, context=None):
            seen.append(callback)
            return call_soon(callback, *args, context=context)

        loop.call_soon = noting_call_soon
        after_passes(loop, 9, other.set_result, "other")
        found = [await each for each in primitives.as_completed([other, passes(1, 1)])]
        assert found == [1, "other"]
        del loop.call_soon
        loop.set_task_factory(None)
        assert made
        assert seen

    run(main)
    run(main, debug=True)


def test_nothing_of_it_is_kept_when_it_is_over(primitives, run):
    class Payload:
        """Something whose end can be observed."""

    async def main():
        payload = Payload()
        gone = weakref.ref(payload)
        for each in primitives.as_completed([passes(1, payload), passes(2)], timeout=NEVER_S):
            await each
        del payload, each
        await passes()  # what has woken this task is gone, too
        gc.collect()
        assert gone() is None

    run(main)


def test_an_eager_task_that_is_done_at_once_comes_first(primitives, run):
    if sys.version_info < (3, 12):
        pytest.skip("eager tasks came with 3.12")

    async def main():
        asyncio.get_running_loop().set_task_factory(asyncio.eager_task_factory)
        what = [passes(2, "slow"), passes(0, "eager")]
        assert [await each for each in primitives.as_completed(what)] == ["eager", "slow"]

    run(main)


PLAN = st.lists(
    # Those that are done before are all alike: a set, which has no order, is gone through.
    st.tuples(st.integers(2, 5), st.sampled_from(["value", "error", "cancel", "before", "never"])),
    max_size=5,
)


def history(module, loop_factory, plan, timeout, cancelled):
    """What several who wait at the same time see, and when."""
    seen = []

    async def waits(number, awaitable):
        try:
            outcome = await awaitable
            outcome = (await outcome) if asyncio.isfuture(outcome) else outcome
            seen.append((number, outcome))
        except BaseException as error:
            seen.append((number, repr(error)))
            raise

    async def main():
        loop = asyncio.get_running_loop()
        futures = []
        for number, (count, how) in enumerate(plan):
            future = loop.create_future()
            futures.append(future)
            if how == "before":
                future.set_result("before")
            elif how == "value":
                after_passes(loop, count, future.set_result, number)
            elif how == "error":
                after_passes(loop, count, future.set_exception, KeyError(number))
            elif how == "cancel":
                after_passes(loop, count, future.cancel)
        completed = module.as_completed(futures, timeout=timeout)
        tasks = []
        awaitables = []
        for number, each in enumerate(completed):
            if number % 2 and IS_ASYNCHRONOUS:
                each.close()
                each = anext(completed)
            awaitables.append(each)
            tasks.append(asyncio.create_task(waits(number, each)))
        for number, count in cancelled:
            if number < len(tasks):
                after_passes(loop, count, tasks[number].cancel)
        for _ in range(10):
            await asyncio.sleep(0)
            seen.append([each.done() for each in tasks])
        for each in [*tasks, *futures]:
            each.cancel()
        await asyncio.gather(*tasks, *futures, return_exceptions=True)
        for each in awaitables:
            each.close()  # its task may have been cancelled before it began

    countdown.run(loop_factory, main())
    return seen


@settings(max_examples=150, deadline=None)
@given(
    PLAN,
    st.sampled_from([None, None, 1, 2, 3]),
    st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), max_size=2),
)
def test_it_cannot_be_told_from_asyncios(plan, timeout, cancelled):
    expected = history(asyncio, countdown.AsyncioLoop, plan, timeout, cancelled)

    assert history(trueloop, countdown.TrueloopLoop, plan, timeout, cancelled) == expected
    assert history(trueloop, countdown.AsyncioLoop, plan, timeout, cancelled) == expected
