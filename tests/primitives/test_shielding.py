"""shield: asyncio's of the running version, whichever of the two futures ends first."""

import asyncio
import gc
import logging
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives import countdown
from tests.primitives.children import NEVER_S, after_passes, fails, passes


def test_what_comes_of_the_inner_is_what_comes_of_it(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(future.set_result, "future")
        shielded = primitives.shield(future)
        assert isinstance(shielded, asyncio.Future)
        assert await shielded == "future"
        assert primitives.shield(future) is future
        assert await primitives.shield(passes(2, "coroutine")) == "coroutine"
        assert await primitives.shield(asyncio.create_task(passes(1, "task"))) == "task"
        assert await primitives.shield(trueloop.sleep(0, 5)) == 5
        assert await primitives.shield(primitives.gather(passes(1, 1))) == [1]
        with pytest.raises(KeyError, match="k"):
            await primitives.shield(fails(KeyError("k"), 1))

    run(main)


def test_cancelling_it_does_not_cancel_the_inner(primitives, run):
    async def main():
        inner = asyncio.create_task(passes(5, "inner"))

        async def waits():
            await primitives.shield(inner)

        waiting = asyncio.create_task(waits())
        await passes(2)
        waiting.cancel("why")
        with pytest.raises(asyncio.CancelledError):
            await waiting
        await passes()
        assert inner.cancelling() == 0
        assert not inner._callbacks
        assert await inner == "inner"

    run(main)


def test_a_cancelled_inner_cancels_it(primitives, run):
    async def main():
        inner = asyncio.create_task(passes(NEVER_S))
        shielded = primitives.shield(inner)
        inner.cancel("why")
        with pytest.raises(asyncio.CancelledError):
            await shielded
        assert shielded.cancelled()

    run(main)


def test_any_awaitable_will_do_and_nothing_else(primitives, run):
    class Awaitable:
        def __await__(self):
            yield from passes(1).__await__()
            return "awaited"

    async def main():
        assert await primitives.shield(Awaitable()) == "awaited"
        with pytest.raises(TypeError, match="awaitable is required"):
            primitives.shield(1)

    run(main)
    run(main, debug=True)


def test_it_says_what_it_is(primitives, run):
    async def main():
        inner = asyncio.create_task(passes())
        shielded = primitives.shield(inner)
        assert "shield.<locals>._inner_done_callback()" in repr(inner)
        assert "shield.<locals>._outer_done_callback()" in repr(shielded)
        await shielded

    run(main)


def test_an_inner_failure_that_nobody_waits_for_is_told_as_asyncio_tells_it(primitives, run):
    def records(shield, cancels_at_once):
        class Records(logging.Handler):
            def emit(self, record):
                found.append(record.getMessage().partition("\n")[0])

        async def main():
            inner = asyncio.create_task(fails(KeyError("k"), 0 if cancels_at_once else 4))
            shielded = shield(inner)
            await passes(1)
            shielded.cancel()
            await passes(8)
            del inner, shielded
            gc.collect()

        found = []
        handler = Records()
        logging.getLogger("asyncio").addHandler(handler)
        try:
            run(main)
            gc.collect()
        finally:
            logging.getLogger("asyncio").removeHandler(handler)
        return found

    for cancels_at_once in (False, True):
        assert records(primitives.shield, cancels_at_once) == records(
            asyncio.shield, cancels_at_once
        )


def test_nothing_of_it_is_kept_when_it_is_over(primitives, run):
    class Payload:
        """Something whose end can be observed."""

    async def main():
        payload = Payload()
        gone = weakref.ref(payload)
        await primitives.shield(passes(1, payload))
        del payload
        await passes()  # what has woken this task is gone, too
        gc.collect()
        assert gone() is None

    run(main)


def is_shielded(inner):
    """Whether a shield still wants to hear of it."""
    names = [callback.__qualname__ for callback, _ in inner._callbacks or ()]
    return "shield.<locals>._inner_done_callback" in names


def history(module, loop_factory, plan):
    """In which order things happen to the two futures and to who waits."""
    seen = []

    async def waits(future):
        try:
            seen.append(await future)
        except BaseException as error:
            seen.append(repr(error))
            raise

    async def main():
        loop = asyncio.get_running_loop()
        inner = loop.create_future()
        inner.add_done_callback(lambda _: seen.append("inner"))
        outer = module.shield(inner)
        outer.add_done_callback(lambda _: seen.append("outer"))
        task = asyncio.create_task(waits(outer))
        for count, what in plan:
            future = inner if what.startswith("inner") else outer
            acts = {
                "inner result": lambda: inner.done() or inner.set_result("result"),
                "inner error": lambda: inner.done() or inner.set_exception(KeyError("inner")),
                "outer result": lambda: outer.done() or outer.set_result("set"),
                "task cancel": task.cancel,
            }
            after_passes(loop, count, acts.get(what, future.cancel))
        loop.set_exception_handler(lambda _, context: seen.append(context["message"][:20]))
        for _ in range(10):
            await asyncio.sleep(0)
            seen.append((inner.done(), outer.done(), task.done(), is_shielded(inner)))
        seen.append(inner._log_traceback)
        inner.cancel()
        if not inner.cancelled():
            inner.exception()
        await asyncio.wait([task])
        if not task.cancelled():
            task.exception()

    countdown.run(loop_factory, main())
    return seen


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, 4),
            st.sampled_from(
                [
                    "inner result",
                    "inner error",
                    "inner cancel",
                    "outer cancel",
                    "outer result",
                    "task cancel",
                ]
            ),
        ),
        max_size=3,
    )
)
def test_it_cannot_be_told_from_asyncios(plan):
    expected = history(asyncio, countdown.AsyncioLoop, plan)

    assert history(trueloop, countdown.TrueloopLoop, plan) == expected
    assert history(trueloop, countdown.AsyncioLoop, plan) == expected
