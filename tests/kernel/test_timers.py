"""TimerHandle and TimerHeap: order, cancellation, what call_later and call_at promise."""

import asyncio
import gc
import heapq
import itertools
import math
import weakref

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop

# Few distinct values, so that equal times are common.
times = st.one_of(st.integers(-3, 3), st.sampled_from([0.5, 1.5, -0.25, 1e9]))
moves = st.lists(
    st.one_of(
        st.tuples(st.just("arm"), times),
        st.tuples(st.just("cancel"), st.integers(0, 200)),
        st.tuples(st.just("advance"), times),
    ),
    max_size=120,
)


class Stopped:
    """A loop whose time stands still until the test moves it."""

    def __init__(self):
        self.now = 0.0
        self.loop = trueloop.new_event_loop()
        self.loop.time = lambda: self.now

    def pass_once(self):
        self.loop.call_soon(self.loop.stop)
        self.loop.run_forever()


@settings(max_examples=150, deadline=None)
@given(moves)
def test_timers_fire_as_a_sorted_list_would(script):
    clock = Stopped()
    fired, expected, armed = [], [], []
    model = []
    number = itertools.count()
    try:
        for move, value in script:
            if move == "arm":
                n = next(number)
                armed.append(clock.loop.call_at(value, fired.append, n))
                heapq.heappush(model, (value, n))
            elif move == "cancel" and armed:
                n = value % len(armed)
                armed[n].cancel()
                model = [entry for entry in model if entry[1] != n]
                heapq.heapify(model)
            elif move == "advance":
                clock.now = max(clock.now, value)
                clock.pass_once()
                while model and model[0][0] <= clock.now:
                    expected.append(heapq.heappop(model)[1])
            assert fired == expected
            assert len(clock.loop.timers) == len(model)
            assert sorted(t.when() for t in clock.loop.timers.snapshot()) == sorted(
                when for when, _ in model
            )
    finally:
        clock.loop.close()


def test_a_thousand_timers_leave_in_any_order(loop):
    timers = [loop.call_later(3600 + i % 7, print) for i in range(1000)]
    for step in (3, 2, 1):
        for timer in timers[::step]:
            timer.cancel()
    assert len(loop.timers) == 0


def test_of_equal_times_the_first_made_fires_first(loop):
    """asyncio's heap promises no order between them."""
    fired = []
    when = loop.time() - 1
    for n in range(50):
        loop.call_at(when, fired.append, n)
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert fired == list(range(50))


def test_negative_delays_keep_their_order(either_loop):
    fired = []
    either_loop.call_later(-1, fired.append, "second")
    either_loop.call_later(-2, fired.append, "first")
    either_loop.call_later(0.0, fired.append, "third")
    either_loop.call_later(0.001, either_loop.stop)
    either_loop.run_forever()
    assert fired == ["first", "second", "third"]


def test_a_cancelled_timer_frees_its_callback_at_once(loop):
    class Callback:
        def __call__(self):
            raise AssertionError("cancelled")

    callback = Callback()
    alive = weakref.ref(callback)
    timer = loop.call_later(3600, callback, object())
    del callback
    timer.cancel()
    assert alive() is None
    assert len(loop.timers) == 0


def test_when_gives_back_the_very_number(either_loop):
    timer = either_loop.call_at(10**6, print)
    assert timer.when() == 10**6
    assert type(timer.when()) is int
    assert "when=1000000" in repr(timer)
    timer.cancel()


def test_a_timer_is_an_asyncio_timer_handle(either_loop):
    timer = either_loop.call_later(3600, print)
    assert isinstance(timer, asyncio.TimerHandle)
    assert isinstance(timer, asyncio.Handle)
    assert not timer.cancelled()
    timer.cancel()
    timer.cancel()
    assert timer.cancelled()


def test_timers_compare_by_time(either_loop):
    early, late = either_loop.call_at(1e9, print), either_loop.call_at(2e9, print)
    assert early < late
    assert late > early
    assert early <= late
    assert late >= early
    assert early != late
    assert hash(early) == hash(1e9)
    early.cancel()
    late.cancel()


def test_a_timer_may_cancel_the_next_one(either_loop):
    fired = []
    when = either_loop.time()
    either_loop.call_at(when, lambda: second.cancel())
    second = either_loop.call_at(when, fired.append, "cancelled")
    either_loop.call_later(0.001, either_loop.stop)
    either_loop.run_forever()
    assert fired == []


def test_a_fired_timer_may_be_cancelled(either_loop):
    timer = either_loop.call_later(0, len, ())
    either_loop.call_later(0.001, either_loop.stop)
    either_loop.run_forever()
    timer.cancel()
    assert timer.cancelled()


def test_a_timer_armed_by_a_timer_waits_for_its_time(either_loop):
    fired = []

    def first():
        fired.append("first")
        either_loop.call_later(0, second)

    def second():
        fired.append("second")
        either_loop.stop()

    either_loop.call_later(0, first)
    either_loop.run_forever()
    assert fired == ["first", "second"]


def test_a_busy_loop_hears_of_a_timer_that_came_later_and_is_due_sooner(either_loop):
    fired = []

    async def main():
        late = either_loop.call_later(3600, fired.append, "never")
        await asyncio.sleep(0)  # the loop has looked at the first timer, and has time
        either_loop.call_later(0.02, fired.append, "second")
        await asyncio.sleep(0)
        either_loop.call_later(0.001, fired.append, "first")
        while len(fired) < 2:  # noqa: ASYNC110 - the loop is to be busy
            await asyncio.sleep(0)
        late.cancel()

    either_loop.run_until_complete(main())
    assert fired == ["first", "second"]


@pytest.mark.parametrize("method", ["call_later", "call_at"])
def test_none_is_no_time(either_loop, method):
    with pytest.raises(TypeError):
        getattr(either_loop, method)(None, print)


def test_a_timer_that_is_never_due_blocks_none(loop):
    """nan is a number like any other to call_at; it must not break the heap."""
    fired = []
    loop.call_at(math.inf, print)
    loop.call_later(0, fired.append, 1)
    loop.call_later(0.001, loop.stop)
    loop.run_forever()
    assert fired == [1]


def test_a_replaced_clock_may_cancel_the_timer_that_is_looked_at(loop):
    """loop.time() is the program's code once replaced, and may change the heap."""
    real = loop.time
    timer = loop.call_later(0, pytest.fail, "cancelled before it was due")

    def time():
        timer.cancel()
        return real() + 1

    loop.time = time
    loop.call_soon(loop.stop)
    loop.run_forever()
    assert len(loop.timers) == 0


def test_timers_follow_a_replaced_clock(either_loop):
    now = 100.0
    either_loop.time = lambda: now
    fired = []
    timer = either_loop.call_later(5, fired.append, "due")
    assert timer.when() == 105.0
    either_loop.call_soon(either_loop.stop)
    either_loop.run_forever()
    assert fired == []
    now = 105.0
    either_loop.call_soon(either_loop.stop)
    either_loop.run_forever()
    assert fired == ["due"]


def test_an_own_clock_taken_back_rules_again(loop):
    loop.time = lambda: 0.0
    del loop.time
    assert loop.time() > 0
    timer = loop.call_later(0, loop.stop)
    loop.run_forever()
    assert timer.when() <= loop.time()


def test_closing_disarms(loop):
    class Callback:
        def __call__(self):
            raise AssertionError("closed")

    callback = Callback()
    alive = weakref.ref(callback)
    timer = loop.call_later(3600, callback)
    del callback
    loop.close()
    assert len(loop.timers) == 0
    timer.cancel()
    del timer
    gc.collect()
    assert alive() is None
