"""wait: asyncio's of the running version, whichever of the futures ends, and how."""

import asyncio
import gc
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives import countdown
from tests.primitives.children import NEVER_S, after_passes, fails, passes


def test_all_are_waited_for(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, "future")
        tasks = [asyncio.create_task(each) for each in (passes(3, 1), fails(KeyError("k"), 1))]
        done, pending = await primitives.wait([*tasks, future, future])
        assert done == {*tasks, future}
        assert pending == set()
        assert isinstance(tasks[1].exception(), KeyError)
        assert await primitives.wait({future}) == ({future}, set())
        assert await primitives.wait(iter(tasks)) == (set(tasks), set())

    run(main)


@pytest.mark.parametrize("when", [asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION])
def test_the_first_ends_it_and_the_others_go_on_unheard(primitives, run, when):
    async def main():
        first = asyncio.create_task(fails(KeyError(), 2))
        late = asyncio.create_task(passes(6, "late"))
        done, pending = await primitives.wait([late, first], return_when=when)
        assert done == {first}
        assert pending == {late}
        assert not late._callbacks
        assert isinstance(first.exception(), KeyError)
        assert await late == "late"

    run(main)


def test_a_result_or_a_cancellation_is_no_exception(primitives, run):
    async def main():
        tasks = [asyncio.create_task(passes(n)) for n in (1, NEVER_S, 5)]
        asyncio.get_running_loop().call_soon(tasks[1].cancel)
        done, _ = await primitives.wait(tasks, return_when=asyncio.FIRST_EXCEPTION)
        assert done == set(tasks)

    run(main)


@pytest.mark.parametrize("timeout", [0, 0.001, -1])
def test_time_that_is_up_ends_it_and_cancels_nothing(primitives, run, timeout):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        done_before = loop.create_future()
        done_before.set_result(None)
        done, pending = await primitives.wait([future, done_before], timeout=timeout)
        assert done == {done_before}
        assert pending == {future}
        assert not future._callbacks
        assert await primitives.wait([done_before], timeout=NEVER_S) == ({done_before}, set())
        if isinstance(loop, trueloop.EventLoop):
            assert loop._scheduled == []

    run(main)


def test_cancelling_it_cancels_none_of_them(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(primitives.wait([future], timeout=NEVER_S))
        await passes(2)
        waiting.cancel("why")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert not future.done()
        assert not future._callbacks

    run(main)


def test_mistakes_are_told_as_asyncio_tells_them(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        for given_, options, kind, text in (
            (future, {}, TypeError, "expect a list of futures, not "),
            ([], {}, ValueError, "Set of Tasks/Futures is empty."),
            ([future], {"return_when": "never"}, ValueError, "Invalid return_when value: never"),
            ([1], {}, AttributeError, "'int' object has no attribute 'add_done_callback'"),
            (iter([]), {}, AssertionError, "Set of Futures is empty."),
            ([future], {"timeout": "1"}, TypeError, None),
        ):
            with pytest.raises(kind, match=text):
                await primitives.wait(given_, **options)
        coroutine = passes()
        with pytest.raises(TypeError, match="Passing coroutines is forbidden, use tasks expl"):
            await primitives.wait([coroutine])
        with pytest.raises(TypeError, match="expect a list of futures, not coroutine"):
            await primitives.wait(coroutine)
        coroutine.close()

    run(main)


def test_nothing_happens_before_it_is_awaited(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        waiting = primitives.wait([future])
        assert asyncio.iscoroutine(waiting)
        assert not future._callbacks
        waiting.close()
        with pytest.warns(RuntimeWarning, match="coroutine 'wait' was never awaited"):
            primitives.wait([future])

    run(main)


def test_it_says_what_it_is(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        waiting = asyncio.create_task(primitives.wait([future]))
        await passes()
        assert "_wait.<locals>._on_completion()" in repr(future)
        ((callback, _),) = future._callbacks
        assert future.remove_done_callback(callback) == 1
        future.set_result(None)
        await passes(3)
        assert not waiting.done()
        callback(future)
        assert await waiting == ({future}, set())

    run(main)


def test_it_works_where_the_loop_is_told_otherwise(primitives, run):
    """An instrumented call_soon, debug mode, futures of another kind."""

    class Other(asyncio.Future):
        """One that may be anything."""

    async def main():
        loop = asyncio.get_running_loop()
        other = Other()
        tasks = [other, *(asyncio.create_task(passes(n)) for n in (2, 3))]
        call_soon, seen = loop.call_soon, []

        def noting_call_soon(callback, *args, context=None):
            seen.append(callback)
            return call_soon(callback, *args, context=context)

        loop.call_soon = noting_call_soon
        loop.call_soon(other.set_exception, KeyError())
        for when in (asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED):
            done, _ = await primitives.wait(tasks, return_when=when)
            assert other in done
        assert done == set(tasks)
        assert not other._log_traceback
        del loop.call_soon
        assert seen

    run(main)
    run(main, debug=True)


def test_nothing_of_it_is_kept_when_it_is_over(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        child = asyncio.create_task(passes(1))
        gone = weakref.ref(child)
        done, pending = await primitives.wait(
            [child, future], timeout=NEVER_S, return_when=asyncio.FIRST_COMPLETED
        )
        del child, done, pending
        await passes()  # what has woken this task is gone, too
        gc.collect()
        assert gone() is None

    run(main)


ENDS = st.lists(
    # Those that are done before are all alike: a set, which has no order, is gone through.
    st.tuples(st.integers(2, 5), st.sampled_from(["value", "error", "cancel", "before", "never"])),
    min_size=1,
    max_size=6,
)
WHEN = (asyncio.FIRST_COMPLETED, asyncio.FIRST_EXCEPTION, asyncio.ALL_COMPLETED)


def history(module, loop_factory, plan, options, cancelled_after):
    """What the one who waits sees, and in which order things happen."""
    seen = []

    async def waits(futures):
        try:
            done, pending = await module.wait(futures, **options)
        except asyncio.CancelledError as error:
            seen.append(repr(error))
            raise
        seen.append([futures.index(each) in map(futures.index, done) for each in futures])
        seen.append(len(pending))

    async def main():
        loop = asyncio.get_running_loop()
        futures = []
        for number, (count, how) in enumerate(plan):
            future = loop.create_future()
            futures.append(future)
            future.add_done_callback(lambda _, number=number: seen.append(number))
            if how == "before":
                future.set_result(number)
            elif how == "value":
                after_passes(loop, count, future.set_result, number)
            elif how == "error":
                after_passes(loop, count, future.set_exception, KeyError(number))
            elif how == "cancel":
                after_passes(loop, count, future.cancel)
        task = asyncio.create_task(waits(futures))
        if cancelled_after is not None:
            after_passes(loop, cancelled_after, task.cancel)
        for _ in range(12):
            await asyncio.sleep(0)
            seen.append(task.done())
        for future in futures:
            seen.append((len(future._callbacks or ()), future._log_traceback))
            future.cancel()
            if not future.cancelled():
                future.exception()
        await asyncio.wait([task])
        seen.append(task.cancelled())

    countdown.run(loop_factory, main())
    return seen


@settings(max_examples=150, deadline=None)
@given(
    ENDS,
    st.fixed_dictionaries(
        {
            "return_when": st.sampled_from(WHEN),
            "timeout": st.sampled_from([None, None, 1, 2, 3, 4]),
        }
    ),
    st.one_of(st.none(), st.integers(0, 4)),
)
def test_it_cannot_be_told_from_asyncios(plan, options, cancelled_after):
    expected = history(asyncio, countdown.AsyncioLoop, plan, options, cancelled_after)

    for module, loop in (
        (asyncio, countdown.TrueloopLoop),
        (trueloop, countdown.TrueloopLoop),
        (trueloop, countdown.AsyncioLoop),
    ):
        assert history(module, loop, plan, options, cancelled_after) == expected
