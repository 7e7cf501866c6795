"""sleep: asyncio's, whatever the delay, the loop, or what happens meanwhile."""

import asyncio
import gc
import inspect
import math
import sys
import traceback
import weakref

import pytest

import trueloop


def test_sleep_zero_lets_all_others_go_first_once(primitives, run):
    async def main():
        order = []

        async def step(n):
            for _ in range(3):
                order.append(n)
                assert await primitives.sleep(0, n) == n

        await asyncio.gather(*(step(n) for n in range(3)))
        assert order == [0, 1, 2] * 3

    run(main)


@pytest.mark.parametrize("delay", [0, -1, 0.0, -0.5, -math.inf, False])
def test_no_delay_is_one_pass(primitives, run, delay):
    async def main():
        seen = []
        asyncio.get_running_loop().call_soon(seen.append, "next pass")
        assert await primitives.sleep(delay, result="slept") == "slept"
        assert seen == ["next pass"]

    run(main)


@pytest.mark.parametrize("delay", [0.001, 1e-9, 10**-3])
def test_a_delay_gives_the_result_not_before_its_time(primitives, run, delay):
    async def main():
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer = object()
        assert await primitives.sleep(delay, answer) is answer
        assert loop.time() - started >= delay - 1e-6

    run(main)


def test_those_who_sleep_shorter_wake_first(primitives, run):
    async def main():
        order = []

        async def sleeper(delay_s):
            order.append(await primitives.sleep(delay_s, delay_s))

        await asyncio.gather(*(sleeper(delay_s) for delay_s in (0.003, 0.001, 0.002, 0)))
        assert order == [0, 0.001, 0.002, 0.003]

    run(main)


@pytest.mark.parametrize("delay", [None, "1", 1j])
def test_what_is_no_delay_is_a_type_error_at_the_await(primitives, run, delay):
    async def main():
        sleeping = primitives.sleep(delay)
        with pytest.raises(TypeError):
            await sleeping

    run(main)


def test_nan_is_what_it_is_in_this_python(primitives, run):
    async def main():
        with pytest.raises(ValueError, match=r"^Invalid delay: NaN \(not a number\)$"):
            await primitives.sleep(math.nan)

    if sys.version_info >= (3, 13):
        run(main)


def test_arguments_have_asyncios_names(primitives, run):
    async def main():
        assert await primitives.sleep(delay=0, result=1) == 1
        with pytest.raises(TypeError):
            primitives.sleep()
        assert list(inspect.signature(primitives.sleep).parameters) == ["delay", "result"]
        assert inspect.signature(primitives.sleep).parameters["result"].default is None

    run(main)


def test_a_function_that_gives_coroutines_says_so(primitives):
    for function in (primitives.sleep, primitives.wait_for):
        if sys.version_info < (3, 14):
            assert asyncio.iscoroutinefunction(function)
        if sys.version_info >= (3, 12) or primitives is asyncio:
            assert inspect.iscoroutinefunction(function)


def test_cancelled_sleep_disarms_its_timer_at_once(run):
    async def main():
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(trueloop.sleep(3600))
        await asyncio.sleep(0)
        if isinstance(loop, trueloop.EventLoop):
            (timer,) = loop._scheduled
            assert "_set_result_unless_cancelled(" in repr(timer)
            assert f"when={timer.when()}" in repr(timer)
            assert isinstance(timer, asyncio.TimerHandle)
        task.cancel("enough")
        with pytest.raises(asyncio.CancelledError, match=r"^enough"):
            await task
        if isinstance(loop, trueloop.EventLoop):
            assert loop._scheduled == []
            assert timer.cancelled()

    run(main)


def test_cancelling_the_timer_leaves_the_sleeper_asleep(run):
    async def main():
        loop = asyncio.get_running_loop()
        task = asyncio.create_task(trueloop.sleep(0.001))
        await asyncio.sleep(0)
        for timer in list(loop._scheduled):
            timer.cancel()
        await asyncio.sleep(0.01)
        assert not task.done()
        task.cancel()

    run(main)


def test_errors_have_no_frame_but_the_users(primitives, run):
    async def main():
        task = asyncio.create_task(sleeper())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError) as caught:
            await task
        frames = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
        assert frames == ["main", "sleeper"]

    async def sleeper():
        await primitives.sleep(3600)

    if primitives is trueloop:
        run(main)


def test_a_sleep_that_is_dropped_half_way_leaves_nothing(run):
    async def main():
        loop = asyncio.get_running_loop()
        sleeping = trueloop.sleep(3600)
        sleeping.send(None)
        gone = weakref.ref(sleeping)
        del sleeping
        gc.collect()
        assert gone() is None
        if isinstance(loop, trueloop.EventLoop):
            assert loop._scheduled == []

    run(main)


def test_sleep_is_a_coroutine_like_any_other(primitives, run):
    async def main():
        pause = primitives.sleep(0, "result")
        assert asyncio.iscoroutine(pause)
        assert pause.send(None) is None
        with pytest.raises(StopIteration) as stopped:
            pause.send(None)
        assert stopped.value.value == "result"
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await pause
        pause = primitives.sleep(0)
        pause.send(None)
        with pytest.raises(KeyError):
            pause.throw(KeyError())
        pause = primitives.sleep(0)
        pause.send(None)
        pause.close()
        primitives.sleep(0).close()
        tuple_given = primitives.sleep(0, (1, 2))
        tuple_given.send(None)
        with pytest.raises(StopIteration) as stopped:
            tuple_given.send(None)
        assert stopped.value.value == (1, 2)

    run(main)


def test_no_loop_runs(primitives):
    with pytest.raises(RuntimeError, match="no running event loop"):
        primitives.sleep(1).send(None)


class Asked:
    """A loop's methods that note what they are asked."""

    def __init__(self, loop):
        self.loop = loop
        self.delays = []
        self.call_later = loop.call_later

    def __call__(self, delay, callback, *args, context=None):
        self.delays.append(delay)
        return self.call_later(delay, callback, *args, context=context)


def test_a_replaced_call_later_is_called(primitives, run):
    async def main():
        loop = asyncio.get_running_loop()
        loop.call_later = asked = Asked(loop)
        await primitives.sleep(0.001)
        del loop.call_later
        assert asked.delays == [0.001]
        await primitives.sleep(0.001)
        assert asked.delays == [0.001]

    run(main)


def test_a_subclass_s_clock_and_timers_are_used():
    class Loop(trueloop.EventLoop):
        def __init__(self):
            self.later = []
            super().__init__()

        def call_later(self, delay, callback, *args, context=None):
            self.later.append(delay)
            return super().call_later(delay, callback, *args, context=context)

    with asyncio.Runner(loop_factory=Loop) as runner:
        assert runner.run(trueloop.sleep(0.001, 5)) == 5
        assert runner.get_loop().later == [0.001]


@pytest.mark.parametrize("kind", [asyncio.SelectorEventLoop, trueloop.EventLoop])
def test_a_clock_that_jumps_past_the_timer_needs_no_waiting(primitives, kind):
    class Loop(kind):
        now = 0.0

        def time(self):
            self.now += 4000.0  # at each look
            return self.now

    with asyncio.Runner(loop_factory=Loop) as runner:
        assert runner.run(primitives.sleep(3000, "jumped")) == "jumped"


def test_debug_mode_arms_a_timer_with_its_source(run):
    async def main():
        task = asyncio.create_task(trueloop.sleep(3600))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await trueloop.sleep(0.001)

    run(main, debug=True)
