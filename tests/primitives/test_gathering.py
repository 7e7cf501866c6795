"""gather: asyncio's of the running version, whatever becomes of the children."""

import asyncio
import gc
import logging
import sys
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives.children import NEVER_S, after_passes, fails, passes


def test_results_stand_in_the_order_of_the_arguments(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        asyncio.get_running_loop().call_soon(future.set_result, "future")
        task = asyncio.create_task(passes(2, "task"))
        gathered = primitives.gather(passes(3, "slow"), passes(0, "fast"), future, task)
        assert isinstance(gathered, asyncio.Future)
        assert not gathered.done()
        assert await gathered == ["slow", "fast", "future", "task"]
        assert await primitives.gather() == []
        assert await primitives.gather(trueloop.sleep(0, 1), passes()) == [1, None]
        assert await primitives.gather(primitives.gather(passes(1, 1)), passes(1, 2)) == [[1], 2]

    run(main)


def test_what_is_given_twice_has_its_result_twice(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        coroutine = passes(1, "coroutine")
        pending, done = loop.create_future(), loop.create_future()
        loop.call_soon(pending.set_result, "pending")
        done.set_result("done")
        task = asyncio.create_task(passes(1, "task"))
        given_twice = [coroutine, pending, done, task, coroutine, pending, done, task]
        names = ["coroutine", "pending", "done", "task"]
        assert await primitives.gather(*given_twice) == names + names
        assert await primitives.gather(pending, pending) == ["pending"] * 2
        assert await primitives.gather(*[trueloop.sleep(0, 1)] * 3) == [1] * 3

    run(main)


def test_the_first_failure_ends_the_wait_and_the_others_go_on(primitives, run):
    async def main():
        others = [asyncio.create_task(passes(n, n)) for n in (1, 9)]
        with pytest.raises(KeyError, match="first"):
            await primitives.gather(*others, fails(KeyError("second"), 5), fails(KeyError("first")))
        assert not others[1].done()
        assert await asyncio.gather(*others) == [1, 9]

    run(main)


def test_exceptions_that_are_asked_for_stand_among_the_results(primitives, run):
    async def main():
        cancelled = asyncio.get_running_loop().create_future()
        silent = asyncio.create_task(passes(NEVER_S))
        cancelled.cancel("enough")
        silent.cancel("a task keeps no message")
        error = KeyError()
        results = await primitives.gather(
            passes(1, 1), fails(error), cancelled, silent, return_exceptions=True
        )
        assert results[:2] == [1, error]
        assert [type(each) for each in results[2:]] == [asyncio.CancelledError] * 2
        assert [each.args for each in results[2:]] == [("enough",), ("",)]

    run(main)


def test_a_cancelled_child_ends_the_wait_as_a_failure_does(primitives, run):
    async def main():
        child = asyncio.create_task(passes(NEVER_S))
        other = asyncio.create_task(passes(6, "other"))
        gathered = primitives.gather(child, other)
        asyncio.get_running_loop().call_soon(child.cancel, "why")
        with pytest.raises(asyncio.CancelledError, match="why"):
            await gathered
        assert not gathered.cancelled()
        assert isinstance(gathered.exception(), asyncio.CancelledError)
        assert await other == "other"

    run(main)


@pytest.mark.parametrize("return_exceptions", [True, False])
def test_cancelling_it_cancels_all_children_and_waits_for_them(primitives, run, return_exceptions):
    async def main():
        ended = []

        async def child():
            try:
                await passes(NEVER_S)
            except asyncio.CancelledError as error:
                ended.append(error.args)
                await passes(3)
                ended.append("after cleaning up")
                raise

        future = asyncio.get_running_loop().create_future()
        inner = primitives.gather(child())
        gathered = primitives.gather(child(), future, inner, return_exceptions=return_exceptions)
        await passes()
        assert gathered.cancel("stop")
        with pytest.raises(asyncio.CancelledError):
            await gathered
        assert future.cancelled()
        assert ended[:2] == [("stop",)] * 2
        if return_exceptions:
            assert ended[2:] == ["after cleaning up"] * 2
        assert not gathered.cancel()

        waiting = asyncio.create_task(primitives_gather_of(passes(NEVER_S)))
        await passes()
        waiting.cancel("from outside")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert waiting.cancelled()

    async def primitives_gather_of(coroutine):
        return await primitives.gather(coroutine, return_exceptions=return_exceptions)

    run(main)


def test_children_that_will_not_end_are_none_to_cancel(primitives, run):
    async def main():
        done = asyncio.get_running_loop().create_future()
        done.set_result(1)
        gathered = primitives.gather(done, passes(2))
        await gathered
        assert not gathered.cancel()
        failed = primitives.gather(fails(KeyError()), other := asyncio.create_task(passes(4)))
        with pytest.raises(KeyError):
            await failed
        assert not failed.cancel()
        await other
        assert other.cancelling() == 0

    run(main)


def test_it_ends_in_the_pass_in_which_asyncio_would_end_it(run):
    """Whatever else is ready, and whatever comes of the children, in the order of asyncio's."""

    async def main(gather, return_exceptions):
        loop = asyncio.get_running_loop()
        seen = []
        futures = [loop.create_future() for _ in range(3)]
        done = loop.create_future()
        done.set_result("done")

        async def noting(name, count, error=None):
            for number in range(count):
                seen.append((name, number))
                await asyncio.sleep(0)
            if error is not None:
                raise error
            seen.append((name, "ends"))

        async def gathers(name, *what):
            try:
                result = await gather(*what, return_exceptions=return_exceptions)
            except Exception as error:
                result = error
            seen.append((name, repr(result)))

        tasks = [
            asyncio.create_task(each)
            for each in (
                noting("before", 6),
                gathers("of coroutines", noting("a", 2), noting("b", 3)),
                gathers("of failures", noting("c", 2, KeyError(1)), noting("d", 2, KeyError(2))),
                gathers("of one failure", noting("e", 1, KeyError()), noting("f", 2)),
                gathers("of futures", *futures),
                gathers("of the first", futures[0], done),
                gathers("of what is done", done, done),
                gathers("of a gather", gather(noting("g", 1), noting("h", 2)), noting("i", 4)),
                noting("after", 6),
            )
        ]
        for future in futures:
            loop.call_soon(future.set_result, None)
            await asyncio.sleep(0)
        await asyncio.wait(tasks)
        return seen

    for return_exceptions in (True, False):
        expected = run(main, asyncio.gather, return_exceptions)
        assert run(main, trueloop.gather, return_exceptions) == expected


outcomes = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["value", "error", "cancel", "set before"])),
    min_size=1,
    max_size=6,
)


@settings(max_examples=60, deadline=None)
@given(outcomes, st.booleans(), st.one_of(st.none(), st.integers(0, 3)))
def test_it_cannot_be_told_from_asyncios(plan, return_exceptions, cancelled_after):
    async def main(gather):
        loop = asyncio.get_running_loop()
        seen = []
        children = []
        for number, (count, how) in enumerate(plan):
            if how == "set before":
                child = loop.create_future()
                child.set_result(number)
            elif how == "cancel":
                child = asyncio.create_task(passes(NEVER_S))
                after_passes(loop, count, child.cancel, f"cancel {number}")
            elif how == "error":
                child = asyncio.create_task(fails(KeyError(number), count))
            else:
                child = asyncio.create_task(passes(count, number))
            children.append(child)
            child.add_done_callback(lambda _, number=number: seen.append(number))
        gathered = gather(*children, *children[:1], return_exceptions=return_exceptions)
        gathered.add_done_callback(lambda _: seen.append("gathered"))
        if cancelled_after is not None:
            after_passes(loop, cancelled_after, lambda: seen.append(gathered.cancel("all")))
        try:
            seen.append(repr(await gathered))
        except (KeyError, asyncio.CancelledError) as error:
            seen.append(repr(error))
        await asyncio.gather(*children, return_exceptions=True)
        return seen, gathered.cancelled()

    def outcome(loop_factory, gather):
        with asyncio.Runner(loop_factory=loop_factory) as runner:
            return runner.run(main(gather))

    expected = outcome(asyncio.new_event_loop, asyncio.gather)
    assert outcome(trueloop.new_event_loop, trueloop.gather) == expected
    assert outcome(asyncio.new_event_loop, trueloop.gather) == expected


def test_a_second_failure_is_not_reported_as_never_retrieved(primitives, run, caplog):
    async def main():
        with pytest.raises(KeyError, match="first"):
            await primitives.gather(fails(KeyError("first")), fails(KeyError("second")))
        await passes(2)

    with caplog.at_level(logging.ERROR, "asyncio"):
        run(main)
        gc.collect()
    assert caplog.records == []


def test_a_failure_of_a_gather_that_nobody_awaits_is_reported_by_asyncios_name(
    primitives, run, caplog
):
    async def main():
        primitives.gather(fails(KeyError()))
        await passes(3)
        gc.collect()

    with caplog.at_level(logging.ERROR, "asyncio"):
        run(main)
    assert "_GatheringFuture exception was never retrieved" in caplog.text


def test_it_says_what_it_is(primitives, run):
    async def main():
        child = asyncio.create_task(passes())
        gathered = primitives.gather(child)
        assert repr(gathered) == "<_GatheringFuture pending>"
        assert "gather.<locals>._done_callback()" in repr(child)
        assert gathered._children == [child]
        await gathered
        assert repr(gathered) == "<_GatheringFuture finished result=[None]>"

    run(main)


def test_a_done_callback_that_stands_for_it_can_be_removed(primitives, run):
    async def main():
        child = asyncio.create_task(passes())
        gathered = primitives.gather(child)
        ((callback, context),) = child._callbacks
        assert callable(callback)
        assert context is not None
        assert child.remove_done_callback(callback) == 1
        await passes(4)
        assert not gathered.done()
        callback(child)
        assert await gathered == [None]

    run(main)


def test_nothing_of_it_is_kept_when_it_is_over(primitives, run):
    class Payload:
        """Something whose end can be observed."""

    async def main():
        payload = Payload()
        gone = weakref.ref(payload)
        results = await primitives.gather(passes(1, payload), passes(2))
        del payload, results
        await passes()  # what has woken this task is gone, too
        gc.collect()
        assert gone() is None

    run(main)


def test_mistakes_are_told_as_asyncio_tells_them(primitives, run):
    async def main():
        with pytest.raises(TypeError, match="a coroutine or an awaitable is required"):
            primitives.gather(1)
        other = asyncio.new_event_loop()
        foreign = other.create_future()
        with pytest.raises(ValueError, match="The future belongs to a different loop"):
            primitives.gather(asyncio.get_running_loop().create_future(), foreign)
        other.close()

        class Awaitable:
            def __await__(self):
                yield from passes(1).__await__()
                return "awaited"

        assert await primitives.gather(Awaitable(), passes(0, 1)) == ["awaited", 1]

    run(main)


def test_it_works_where_the_loop_is_told_otherwise(primitives, run):
    """A task factory, an instrumented call_soon, debug mode."""
    made = []

    def factory(loop, coroutine, **options):
        made.append(coroutine)
        return asyncio.Task(coroutine, loop=loop, **options)

    async def main():
        loop = asyncio.get_running_loop()
        made.clear()
        loop.set_task_factory(factory)
        assert await primitives.gather(passes(1, 1), passes(2, 2)) == [1, 2]
        assert len(made) == 2
        loop.set_task_factory(None)

        tasks = [asyncio.create_task(passes(2, 3)), asyncio.create_task(passes(2, 4))]
        gathered = primitives.gather(*tasks)
        call_soon, seen = loop.call_soon, []

        def noting_call_soon(callback, *args, context=None):
            seen.append(callback)
            return call_soon(callback, *args, context=context)

        loop.call_soon = noting_call_soon
        assert await gathered == [3, 4]
        assert await primitives.gather(passes(1, 5)) == [5]
        del loop.call_soon
        assert seen

    run(main)
    run(main, debug=True)


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_children_that_end_eagerly_end_it_at_once(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        loop.set_task_factory(asyncio.eager_task_factory)
        gathered = primitives.gather(passes(0, 1), passes(0, 2))
        assert gathered.done()
        assert await gathered == [1, 2]
        gathered = primitives.gather(passes(0, 1), passes(2, 2), passes(0, 3))
        assert not gathered.done()
        assert await gathered == [1, 2, 3]
        gathered = primitives.gather(fails(KeyError()), fails(ValueError()))
        assert gathered.done()
        with pytest.raises(KeyError):
            await gathered
        waits = loop.create_future()

        async def sets():
            waits.set_result("set")
            return "setter"

        assert await primitives.gather(waits, sets(), waits) == ["set", "setter", "set"]

    run(main)


def test_a_gather_of_gathers_of_gathers_can_be_cancelled(primitives, run):
    async def main():
        innermost = asyncio.create_task(passes(NEVER_S))
        gathered = innermost
        for _ in range(50):
            gathered = primitives.gather(gathered)
        await passes()
        assert gathered.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathered
        assert innermost.cancelled()

    run(main)


def test_gathers_nested_without_end_raise_instead_of_crashing(run):
    async def main():
        gathered = innermost = asyncio.create_task(passes(NEVER_S))
        for _ in range(100_000):
            gathered = trueloop.gather(gathered)
        with pytest.raises(RecursionError):
            gathered.cancel()
        innermost.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathered

    run(main)
