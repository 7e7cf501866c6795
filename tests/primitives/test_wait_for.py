"""wait_for: asyncio's of the running version, whoever ends it."""

import asyncio
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives import countdown
from tests.primitives.children import NEVER_S, passes


@pytest.mark.parametrize("timeout", [None, 1, 0.5, NEVER_S])
def test_what_ends_in_time_gives_its_result_and_leaves_no_timer(primitives, run, timeout):
    async def main():
        loop = asyncio.get_running_loop()
        assert await primitives.wait_for(passes(0, 1), timeout) == 1
        assert await primitives.wait_for(passes(3, 2), timeout) == 2
        future = loop.create_future()
        loop.call_soon(future.set_result, 3)
        assert await primitives.wait_for(future, timeout) == 3
        assert await primitives.wait_for(future, timeout) == 3
        assert await primitives.wait_for(asyncio.create_task(passes(2, 4)), timeout) == 4
        assert await primitives.wait_for(trueloop.sleep(0, 5), timeout) == 5
        if isinstance(loop, trueloop.EventLoop):
            assert loop._scheduled == []

    run(main)


def test_errors_of_what_is_awaited_come_through(primitives, run):
    async def fail(error):
        await asyncio.sleep(0)
        raise error

    async def main():
        for error in (KeyError("k"), TimeoutError("mine"), asyncio.CancelledError("own")):
            with pytest.raises(type(error)) as caught:
                await primitives.wait_for(fail(error), NEVER_S)
            assert caught.value.args == error.args
        future = asyncio.get_running_loop().create_future()
        future.set_exception(KeyError())
        with pytest.raises(KeyError):
            await primitives.wait_for(future, NEVER_S)

    run(main)


@pytest.mark.parametrize("timeout", [0.001, 0, -1])
def test_time_that_is_up_cancels_and_is_a_timeout_error(primitives, run, timeout):
    async def main():
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(TimeoutError) as caught:
            await primitives.wait_for(future, timeout)
        assert future.cancelled()
        assert type(caught.value.__cause__) is asyncio.CancelledError
        assert caught.value.__context__ is caught.value.__cause__
        assert asyncio.current_task().cancelling() == 0
        ended = []

        async def stubborn():
            try:
                await asyncio.sleep(NEVER_S)
            finally:
                await passes(3)
                ended.append(True)

        with pytest.raises(TimeoutError):
            await primitives.wait_for(stubborn(), timeout)
        assert bool(ended) == (timeout > 0)

    run(main)


def test_a_result_in_spite_of_the_cancellation_is_the_result(primitives, run):
    async def swallow():
        try:
            await asyncio.sleep(NEVER_S)
        except asyncio.CancelledError:
            return await passes(2, "anyway")

    async def main():
        assert await primitives.wait_for(swallow(), 0.001) == "anyway"

    run(main)


def test_an_error_in_spite_of_the_cancellation_is_the_error(primitives, run):
    async def main():
        with pytest.raises(KeyError):
            await primitives.wait_for(fail_when_cancelled(), 0.001)

    async def fail_when_cancelled():
        try:
            await asyncio.sleep(NEVER_S)
        except asyncio.CancelledError:
            raise KeyError from None

    run(main)


def test_cancelling_the_waiter_cancels_what_it_waits_for_first(primitives, run):
    async def main():
        order = []

        async def inner():
            try:
                await asyncio.sleep(NEVER_S)
            finally:
                await passes(2)
                order.append("inner")

        async def outer():
            try:
                await primitives.wait_for(inner(), NEVER_S)
            finally:
                order.append("outer")

        task = asyncio.create_task(outer())
        await passes(2)
        task.cancel("why")
        with pytest.raises(asyncio.CancelledError, match=r"^why|^$"):
            await task
        assert order == ["inner", "outer"]

    run(main)


def test_the_same_task_runs_it_from_python_312_on(primitives, run):
    async def who():
        await asyncio.sleep(0)
        return asyncio.current_task()

    async def main():
        is_same = await primitives.wait_for(who(), 1) is asyncio.current_task()
        assert is_same == (sys.version_info >= (3, 12))

    run(main)


def test_it_hands_on_what_is_sent_and_thrown(primitives, run):
    async def main():
        with pytest.raises(TypeError):
            await primitives.wait_for(1, 1)
        with pytest.raises(TypeError):
            await primitives.wait_for(1, None)
        with pytest.raises(TypeError):
            await primitives.wait_for(passes(), "1")
        assert await primitives.wait_for(fut=passes(1, 5), timeout=1) == 5

    with pytest.warns(RuntimeWarning, match="was never awaited"):
        run(main)


def test_closing_it_half_way_closes_what_it_awaits(primitives, run):
    async def main():
        closed = []

        async def inner():
            try:
                await asyncio.sleep(NEVER_S)
            except GeneratorExit:
                closed.append(True)
                raise

        waiting = primitives.wait_for(inner(), NEVER_S)
        waiting.send(None)
        waiting.close()
        assert closed == ([True] if sys.version_info >= (3, 12) else [])
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            waiting.send(None)

    run(main)


def test_any_awaitable_will_do(primitives, run):
    class Awaitable:
        def __await__(self):
            yield from asyncio.sleep(0).__await__()
            return "awaited"

    async def main():
        assert await primitives.wait_for(Awaitable(), 1) == "awaited"

    run(main)


def test_a_shielded_future_survives(primitives, run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        with pytest.raises(TimeoutError):
            await primitives.wait_for(asyncio.shield(future), 0.001)
        assert not future.done()

    run(main)


# ---- whatever happens: the same on asyncio's and on ours

ACTS = st.fixed_dictionaries(
    {
        "before": st.integers(0, 3),  # passes until it waits
        "waits": st.booleans(),  # longer than the limit
        "cancelled": st.sampled_from(["raise", "return", "fail", "linger"]),
        "ends": st.sampled_from(["return", "fail"]),
        "cancel_after": st.sampled_from([None, 0, 1, 2, 3, 4]),
        "kind": st.sampled_from(["coroutine", "task", "future"]),
        "timeout": st.sampled_from([None, 0, 1, 2, 3, 4, NEVER_S]),  # in passes
    }
)


def history(module, loop_factory, act):
    """What the one who waits sees, and in which order things happen."""
    seen = []
    at_last = asyncio.Event()

    async def inner():
        try:
            await passes(act["before"])
            if act["waits"]:
                await at_last.wait()
        except asyncio.CancelledError:
            seen.append("inner cancelled")
            match act["cancelled"]:
                case "return":
                    return "anyway"
                case "fail":
                    raise KeyError("inner") from None
                case "linger":
                    await passes(2)
            raise
        if act["ends"] == "fail":
            raise ValueError("inner")
        return "in time"

    futures = []

    def settle():
        for future in futures:
            if not future.done():
                future.set_result("result")

    async def outer():
        awaited = inner()
        if act["kind"] == "task":
            awaited = asyncio.create_task(awaited)
        elif act["kind"] == "future":
            awaited.close()
            awaited = asyncio.get_running_loop().create_future()
            futures.append(awaited)
            if not act["waits"]:
                asyncio.get_running_loop().call_soon(settle)
        try:
            seen.append(await module.wait_for(awaited, act["timeout"]))
        except BaseException as error:
            causes = type(error.__cause__).__name__, type(error.__context__).__name__
            seen.append((type(error).__name__, error.args, causes))
            raise
        finally:
            seen.append(asyncio.current_task().cancelling())

    async def main():
        task = asyncio.create_task(outer())
        if act["cancel_after"] is not None:
            await passes(act["cancel_after"])
            seen.append(task.cancel("outer"))
        for _ in range(8):
            await asyncio.sleep(0)
            seen.append(task.done())
        at_last.set()
        settle()
        await asyncio.wait([task])
        seen.append(task.cancelled())
        if not task.cancelled():
            task.exception()

    countdown.run(loop_factory, main())
    return seen


@settings(max_examples=150, deadline=None)
@given(act=ACTS)
def test_it_ends_the_same_as_asyncios(act):
    expected = history(asyncio, countdown.AsyncioLoop, act)

    assert history(asyncio, countdown.TrueloopLoop, act) == expected
    assert history(trueloop, countdown.TrueloopLoop, act) == expected
    assert history(trueloop, countdown.AsyncioLoop, act) == expected
