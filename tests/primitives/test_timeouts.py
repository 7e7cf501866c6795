"""timeout: whose time is up, and what becomes of the cancellation; the same as asyncio's."""

import asyncio
import contextlib
import sys
import traceback

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.primitives.children import NEVER_S


def state(timeout):
    return timeout._state.name


def test_leaving_in_time_disarms_the_timer_at_once(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        limit = primitives.timeout(NEVER_S)
        assert (state(limit), limit._timeout_handler, limit._task) == ("CREATED", None, None)
        async with limit as entered:
            assert entered is limit
            assert state(limit) == "ENTERED"
            assert limit._task is asyncio.current_task()
            assert limit._cancelling == 0
            assert limit.when() == limit._when
            timer = limit._timeout_handler
            assert timer.when() == limit.when()
            assert isinstance(timer, asyncio.TimerHandle)
            assert repr(limit) == f"<Timeout [active] when={round(limit.when(), 3)}>"
        assert timer.cancelled()
        assert limit._timeout_handler is None
        assert state(limit) == "EXITED"
        assert not limit.expired()
        assert repr(limit) == "<Timeout [finished]>"
        if isinstance(loop, trueloop.EventLoop):
            assert timer not in loop._scheduled

    run(main)


@pytest.mark.parametrize("delay", [0, -1, 0.001, 0.0, False])
def test_time_that_is_up_makes_a_timeout_error_of_the_cancellation(primitives, run, delay):
    async def main():
        with pytest.raises(TimeoutError) as caught:
            async with primitives.timeout(delay) as limit:
                await asyncio.sleep(NEVER_S)
        assert type(caught.value) is TimeoutError
        assert caught.value.args == ()
        assert type(caught.value.__cause__) is asyncio.CancelledError
        assert caught.value.__context__ is caught.value.__cause__
        assert caught.value.__suppress_context__
        assert limit.expired()
        assert repr(limit) == "<Timeout [expired]>"
        assert asyncio.current_task().cancelling() == 0

    run(main)


def test_none_is_no_limit_and_can_become_one(primitives, run):
    async def main():
        async with primitives.timeout(None) as limit:
            assert limit.when() is None
            assert limit._timeout_handler is None
            assert repr(limit) == "<Timeout [active] when=None>"
        with pytest.raises(TimeoutError):  # noqa: PT012 - the error comes of leaving it
            async with primitives.timeout_at(None) as limit:
                limit.reschedule(asyncio.get_running_loop().time() + 0.001)
                await asyncio.sleep(NEVER_S)

    run(main)


def test_rescheduling_moves_the_deadline_and_disarms_the_old_timer(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        async with primitives.timeout(0.001) as limit:
            timer = limit._timeout_handler
            later = loop.time() + NEVER_S
            limit.reschedule(later)
            assert timer.cancelled()
            assert limit.when() is later
            await asyncio.sleep(0.01)
            limit.reschedule(None)
            assert limit._timeout_handler is None
        with pytest.raises(TimeoutError):  # noqa: PT012 - the error comes of leaving it
            async with primitives.timeout(NEVER_S) as limit:
                limit.reschedule(loop.time() - 1)
                await asyncio.sleep(NEVER_S)

    run(main)


def test_states_forbid_what_asyncio_forbids(primitives, run):
    async def main():
        limit = primitives.timeout(NEVER_S)
        with pytest.raises(RuntimeError, match=r"^Timeout has not been entered$"):
            limit.reschedule(1)
        async with limit:
            with pytest.raises(RuntimeError, match=r"^Timeout has already been entered$"):
                await limit.__aenter__()
        with pytest.raises(RuntimeError, match=r"^Cannot change state of finished Timeout$"):
            limit.reschedule(1)
        with pytest.raises(RuntimeError, match=r"^Timeout has already been entered$"):
            async with limit:
                pass
        with pytest.raises(TimeoutError):  # noqa: PT012 - the error comes of leaving it
            async with primitives.timeout(0) as limit:
                try:
                    await asyncio.sleep(NEVER_S)
                finally:
                    assert state(limit) == "EXPIRING"
                    assert limit.expired()
                    with pytest.raises(RuntimeError, match="Cannot change state of expiring"):
                        limit.reschedule(None)
        with pytest.raises(TypeError):
            primitives.timeout("1")

    run(main)


def test_there_must_be_a_loop_and_a_task(primitives, new_event_loop):
    with pytest.raises(RuntimeError, match="no running event loop"):
        primitives.timeout(1)
    loop = new_event_loop()
    outcome = []

    def enter():
        try:
            primitives.timeout(1).__aenter__().send(None)
        except RuntimeError as error:
            outcome.append(str(error))
        loop.stop()

    loop.call_soon(enter)
    loop.run_forever()
    loop.close()
    assert outcome == ["Timeout should be used inside a task"]


def test_somebody_elses_cancellation_stays_one(primitives, run):
    async def main():
        task = asyncio.current_task()
        with pytest.raises(asyncio.CancelledError):  # noqa: PT012 - the error comes of leaving it
            async with primitives.timeout(0) as limit:
                try:
                    await asyncio.sleep(NEVER_S)
                finally:
                    task.cancel()
        assert limit.expired()
        with pytest.raises(asyncio.CancelledError):
            await asyncio.sleep(0)
        assert task.uncancel() == 0

    run(main)


def test_a_task_that_is_being_cancelled_can_have_a_limit(primitives, run):
    async def main():
        task = asyncio.current_task()
        task.cancel()
        try:
            await asyncio.sleep(0)
        except asyncio.CancelledError:
            with pytest.raises(TimeoutError):
                async with primitives.timeout(0):
                    await asyncio.sleep(NEVER_S)
        assert task.cancelling() == 1
        task.uncancel()

    run(main)


def test_only_the_limit_whose_time_is_up_makes_the_error(primitives, run):
    async def main():
        with pytest.raises(TimeoutError):
            async with primitives.timeout(0) as outer, primitives.timeout(NEVER_S) as inner:
                await asyncio.sleep(NEVER_S)
        assert outer.expired()
        assert not inner.expired()

    run(main)


@pytest.mark.skipif(sys.version_info < (3, 13), reason="3.13 began to insert TimeoutErrors")
def test_an_error_raised_because_of_the_cancellation_has_the_timeout_before_it(primitives, run):
    async def main():
        with pytest.raises(KeyError) as caught:  # noqa: PT012 - the error comes of leaving it
            async with primitives.timeout(0):
                try:
                    await asyncio.sleep(NEVER_S)
                except asyncio.CancelledError:
                    raise KeyError  # noqa: B904 - the context is what is looked at
        inserted = caught.value.__context__
        assert type(inserted) is TimeoutError
        assert type(inserted.__cause__) is asyncio.CancelledError

    run(main)


def test_a_block_that_swallows_the_cancellation_ends_without_an_error(primitives, run):
    async def main():
        async with primitives.timeout(0) as limit:
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.sleep(NEVER_S)
        assert limit.expired()
        assert asyncio.current_task().cancelling() == 0

    run(main)


def test_overridden_methods_are_called(primitives, run):
    calls = []

    class Noisy(primitives.Timeout):
        def reschedule(self, when):
            calls.append("reschedule")
            super().reschedule(when)

        def _on_timeout(self):
            calls.append("on_timeout")
            super()._on_timeout()

    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(TimeoutError):
            async with Noisy(loop.time() + 0.001):
                await asyncio.sleep(NEVER_S)
        assert calls == ["reschedule", "on_timeout"]

    run(main)


def test_replaced_timers_and_clock_are_used(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        asked = []
        call_at = loop.call_at
        loop.call_at = lambda when, *args: asked.append(when) or call_at(when, *args)
        async with primitives.timeout(NEVER_S) as limit:
            assert asked == [limit.when()]
        del loop.call_at
        loop.time = lambda: 1000.0
        try:
            assert primitives.timeout(5).when() == 1005.0
        finally:
            del loop.time

    run(main)


def test_the_error_has_no_frame_but_the_users(run):
    async def main():
        with pytest.raises(TimeoutError) as caught:
            await limited()
        for error in (caught.value, caught.value.__cause__):
            frames = [frame.name for frame in traceback.extract_tb(error.__traceback__)]
            assert frames[-1] == "limited"
            assert not [name for name in frames if "trueloop" in name]

    async def limited():
        async with trueloop.timeout(0):
            await trueloop.sleep(NEVER_S)

    run(main)


def test_the_request_to_cancel_says_that_it_was_a_timeout():
    async def main():
        task = asyncio.current_task()
        with pytest.raises(TimeoutError):
            async with trueloop.timeout(0):
                await asyncio.sleep(NEVER_S)
        assert task.cancel_request.caller.co_qualname == "Timeout._on_timeout"
        assert task.cancel_request.site is None

    trueloop.run(main())


def test_somebody_may_make_the_errors():
    timeouts = pytest.importorskip("trueloop.primitives.timeouts")
    made = []

    def make(limit, cancelled, code):
        made.append((limit, cancelled, code.co_qualname))
        error = TimeoutError()
        error.add_note("too late")
        return error

    async def main():
        with pytest.raises(TimeoutError) as caught:
            async with trueloop.timeout(0) as limit:
                await asyncio.sleep(NEVER_S)
        assert caught.value.__notes__ == ["too late"]
        assert made == [(limit, caught.value.__cause__, "Timeout.__aexit__")]
        code, _, seconds = limit.limit
        assert (code, seconds) == (main.__code__, 0)

    before = timeouts.make_errors_by(make)
    try:
        trueloop.run(main())
    finally:
        timeouts.make_errors_by(before)


# ---- whatever happens: the same on asyncio's and on ours

ENDINGS = ("return", "raise", "wait", "swallow", "wait twice")
STEPS = st.lists(
    st.tuples(
        st.sampled_from([None, -1, 0, NEVER_S]),
        st.sampled_from([None, "never", "at once"]),  # reschedule
        st.sampled_from(ENDINGS),
        st.booleans(),  # somebody cancels
    ),
    min_size=1,
    max_size=4,
)


def history(module, steps):
    """What a task sees that enters limits, each inside of the one before."""
    seen = []

    async def block(ending):
        if ending == "raise":
            raise KeyError
        if ending in ("wait", "swallow", "wait twice"):
            try:
                await asyncio.sleep(0.002)
            except asyncio.CancelledError:
                if ending == "wait":
                    raise
        if ending == "wait twice":
            await asyncio.sleep(0.002)

    async def enter(level):
        delay, moved, ending, is_cancelled = steps[level]
        task = asyncio.current_task()
        limit = module.timeout(delay)
        try:
            async with limit:
                if moved is not None:
                    when = asyncio.get_running_loop().time() - 1 if moved == "at once" else None
                    limit.reschedule(when)
                if is_cancelled:
                    asyncio.get_running_loop().call_soon(task.cancel)
                if level + 1 < len(steps):
                    await enter(level + 1)
                await block(ending)
        except BaseException as error:
            seen.append((level, type(error).__name__, chain(error)))
            if isinstance(error, asyncio.CancelledError) or level % 2:
                raise
        finally:
            seen.append((level, limit._state.name, limit.expired(), task.cancelling()))

    async def main():
        task = asyncio.create_task(enter(0))
        await asyncio.wait([task])
        seen.append((task.cancelled(), not task.cancelled() and repr(task.exception())))

    trueloop.run(main())
    return seen


def chain(error):
    return [type(each).__name__ for each in (error.__cause__, error.__context__) if each]


@settings(max_examples=60, deadline=None)
@given(steps=STEPS)
def test_nested_limits_end_the_same_as_asyncios(steps):
    ours = history(trueloop, steps)

    assert ours == history(asyncio, steps)
