"""Hooks of a run: the idle loop, the slow pass, generators left open, jobs for executors."""

import asyncio
import math
import time

import pytest


@pytest.fixture
def idle(bare_loop):
    """(wait_s, ...) of each idle call; `answers` are what they get, one after the other."""

    class Idle:
        def __init__(self):
            self.calls = []
            self.answers = []

        def __call__(self, loop, wait_s):
            self.calls.append(wait_s)
            return self.answers.pop(0) if self.answers else math.inf

    hook = Idle()
    bare_loop.hooks.idle = hook
    yield hook
    bare_loop.hooks.idle = None


def test_an_idle_loop_says_for_how_long(bare_loop, idle):
    async def main():
        await asyncio.sleep(0.01)

    bare_loop.run_until_complete(main())
    assert 0 < idle.calls[0] <= 0.011


def test_without_a_timer_it_would_wait_for_ever(bare_loop, idle):
    ended = bare_loop.create_future()

    def hook(loop, wait_s):
        ended.set_result(wait_s)  # what it makes ready runs at once
        return math.inf

    bare_loop.hooks.idle = hook
    assert bare_loop.run_until_complete(ended) == math.inf


def test_it_is_called_again_when_it_wants_to_be(bare_loop, idle):
    idle.answers = [0.06, 0.06, math.inf, math.inf]
    bare_loop.run_until_complete(asyncio.sleep(0.5))
    assert len(idle.calls) == 3


def test_it_is_called_again_after_something_has_run(bare_loop, idle):
    async def main():
        await asyncio.sleep(0.08)
        await asyncio.sleep(0.08)

    bare_loop.run_until_complete(main())
    assert 2 <= len(idle.calls) <= 4


def test_it_is_not_called_for_each_wait(bare_loop, idle):
    async def main():
        for _ in range(20):
            await asyncio.sleep(0.0005)

    bare_loop.run_until_complete(main())
    assert len(idle.calls) < 10


def test_a_loop_that_never_waits_calls_it_nonetheless(bare_loop, idle):
    async def main():
        while 0.0 not in idle.calls:  # noqa: ASYNC110 - it is to be busy
            await asyncio.sleep(0)

    bare_loop.run_until_complete(asyncio.wait_for(main(), 60))


def test_a_hook_that_fails_harms_nobody(bare_loop, monkeypatch):
    raised = []
    monkeypatch.setattr("sys.unraisablehook", lambda unraisable: raised.append(unraisable.exc_type))
    bare_loop.hooks.idle = lambda loop, wait_s: 1 / 0
    bare_loop.run_until_complete(asyncio.sleep(0.001))
    bare_loop.hooks.idle = None
    assert set(raised) == {ZeroDivisionError}


@pytest.fixture
def passes(bare_loop):
    """(duration_s, entries) of each slow pass."""
    found = []
    bare_loop.hooks.slow_pass = lambda loop, began, duration_s, entries, late_s: found.append(
        (duration_s, entries)
    )
    bare_loop.slow_callback_duration = 0.02
    yield found
    bare_loop.hooks.slow_pass = None


async def work(seconds):
    time.sleep(seconds)  # noqa: ASYNC251 - a greedy step


def test_many_short_steps_make_a_slow_pass(bare_loop, passes):
    async def main():
        await asyncio.gather(*(work(0.004) for _ in range(10)))

    bare_loop.run_until_complete(main())
    assert len(passes) == 1
    duration_s, entries = passes[0]
    assert duration_s >= 0.04
    assert entries == 10


def test_a_long_step_makes_a_slow_pass_like_any_other(bare_loop, passes):
    async def main():
        await asyncio.gather(work(0.04), work(0.004))

    bare_loop.run_until_complete(main())
    ((duration_s, entries),) = passes
    assert duration_s >= 0.04
    assert entries == 2


def test_a_timer_that_waits_for_two_passes_makes_a_slow_pass(bare_loop, passes):
    bare_loop.slow_callback_duration = 0.06

    async def work_twice():
        await work(0.004)
        await asyncio.sleep(0)
        await work(0.004)

    async def main():
        asyncio.get_running_loop().call_later(0.001, int)
        await asyncio.gather(*(work_twice() for _ in range(10)))

    bare_loop.run_until_complete(main())
    assert [entries for duration_s, entries in passes if duration_s < 0.06] == [11]


def test_a_timer_that_waits_for_the_run_to_begin_makes_no_slow_pass(bare_loop, passes):
    bare_loop.slow_callback_duration = 0.06
    bare_loop.call_later(0, int)
    time.sleep(0.06)
    for _ in range(10):
        bare_loop.call_soon(time.sleep, 0.004)
    bare_loop.run_until_complete(asyncio.sleep(0))
    assert [entries for duration_s, entries in passes if duration_s < 0.06] == []


def test_a_slow_pass_hook_that_fails_harms_nobody(bare_loop, monkeypatch):
    raised = []
    monkeypatch.setattr("sys.unraisablehook", lambda unraisable: raised.append(unraisable.exc_type))
    bare_loop.slow_callback_duration = 0.01
    bare_loop.hooks.slow_pass = lambda *facts: 1 / 0

    async def main():
        await asyncio.gather(*(work(0.004) for _ in range(10)))

    bare_loop.run_until_complete(main())
    bare_loop.hooks.slow_pass = None
    assert raised == [ZeroDivisionError]


async def numbers():
    for number in range(3):
        yield number


@pytest.fixture
def generators(bare_loop):
    """(hook, name of the generator function) of each call."""
    found = []
    for slot in ("generator_begins", "generator_left"):
        setattr(bare_loop.hooks, slot, lambda agen, slot=slot: found.append((slot, agen.__name__)))
    yield found
    bare_loop.hooks.generator_begins = bare_loop.hooks.generator_left = None


def test_a_generator_that_is_dropped_is_told(bare_loop, generators):
    async def main():
        async for _ in numbers():
            break
        await asyncio.sleep(0)

    bare_loop.run_until_complete(main())
    assert generators == [("generator_begins", "numbers"), ("generator_left", "numbers")]


def test_one_that_is_open_at_the_end_is_told(bare_loop, generators):
    kept = numbers()

    async def main():
        await anext(kept)

    bare_loop.run_until_complete(main())
    bare_loop.run_until_complete(bare_loop.shutdown_asyncgens())
    assert generators == [("generator_begins", "numbers"), ("generator_left", "numbers")]


def test_one_that_ends_is_not(bare_loop, generators):
    async def main():
        return [number async for number in numbers()]

    assert bare_loop.run_until_complete(main()) == [0, 1, 2]
    bare_loop.run_until_complete(bare_loop.shutdown_asyncgens())
    assert generators == [("generator_begins", "numbers")]


def test_what_is_submitted_can_be_replaced(bare_loop):
    seen = []

    def submits(loop, executor, function):
        seen.append((loop, executor))
        return lambda *args: ("wrapped", function(*args))

    bare_loop.hooks.submits = submits
    result = bare_loop.run_until_complete(bare_loop.run_in_executor(None, max, 1, 2))
    bare_loop.hooks.submits = None
    assert result == ("wrapped", 2)
    assert seen == [(bare_loop, None)]
