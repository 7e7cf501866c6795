"""Timers for never, for long ago, and for what is no time at all."""

import asyncio
import math

import pytest

FAR = [math.inf, 10**18, 1e308, 2.0**63]


@pytest.mark.parametrize("delay", FAR)
def test_a_timer_for_never_disturbs_no_other(loop, delay):
    fired = []
    timers = [loop.call_later(delay, fired.append, "never"), loop.call_at(delay, fired.append, 0)]
    loop.run_until_complete(asyncio.sleep(0.001))
    assert fired == []
    for timer in timers:
        assert not timer.cancelled()
        timer.cancel()


@pytest.mark.parametrize("delay", [-1, -math.inf, -(10**18), -0.0, False])
def test_a_timer_for_the_past_fires_in_the_next_pass(loop, delay):
    fired = []
    loop.call_later(delay, fired.append, "now")
    loop.run_until_complete(asyncio.sleep(0.001))
    assert fired == ["now"]


def test_nan_is_now_and_disturbs_no_other(own_loop):
    fired = []
    for n in range(10):
        own_loop.call_later(0.0001 * n, fired.append, n)
        own_loop.call_later(math.nan, fired.append, "nan")
        own_loop.call_at(math.nan, fired.append, "nan")
    timer = own_loop.call_later(math.nan, fired.append, "cancelled")
    assert math.isnan(timer.when())
    timer.cancel()
    own_loop.run_until_complete(asyncio.sleep(0.005))
    assert [one for one in fired if one != "nan"] == list(range(10))
    assert fired.count("nan") == 20


@pytest.mark.parametrize("delay", [10**400, -(10**400)])
def test_a_number_that_no_float_holds_is_refused(loop, delay):
    with pytest.raises(OverflowError):
        loop.call_later(delay, print)


@pytest.mark.parametrize("delay", ["1", b"1", [], object(), len])
def test_what_is_no_number_is_refused(loop, delay):
    with pytest.raises(TypeError):
        loop.call_later(delay, print)


@pytest.mark.parametrize("when", ["1", b"1", [], object(), 1j, len, 10**400])
def test_a_time_that_is_no_number_is_refused_at_once(own_loop, when):
    with pytest.raises((TypeError, OverflowError)):
        own_loop.call_at(when, print)
    assert not own_loop._scheduled


class Number(float):
    """A float that lies."""

    def __lt__(self, other):
        raise AssertionError("compared")

    __gt__ = __le__ = __ge__ = __lt__


def test_a_number_whose_comparison_raises_is_compared_by_its_value(own_loop):
    fired = []
    for n in (3, 1, 2):
        own_loop.call_at(Number(n), fired.append, n)
    own_loop.run_until_complete(asyncio.sleep(0.001))
    assert fired == [1, 2, 3]


class Broken:
    """A number that cannot be had."""

    def __float__(self):
        raise ZeroDivisionError

    def __radd__(self, other):
        raise ZeroDivisionError


def test_a_number_that_raises_is_the_callers_error(own_loop):
    for arm in (own_loop.call_later, own_loop.call_at):
        with pytest.raises(ZeroDivisionError):
            arm(Broken(), print)
    assert not own_loop._scheduled


@pytest.mark.parametrize("delay", [math.inf, 10**18])
def test_an_endless_sleep_can_be_cancelled(run, delay):
    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.001):
                await asyncio.sleep(delay)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.sleep(delay), 0.001)

    run(main)


def test_timers_that_arm_and_cancel_others_while_they_fire(loop):
    fired = []
    armed = []

    def fire(n):
        fired.append(n)
        for timer in armed[: n % 5]:
            timer.cancel()
        if n < 50:
            armed.append(loop.call_later(0, fire, n + 1))
            armed.append(loop.call_later(-1, fire, 1000))

    armed.append(loop.call_later(0, fire, 0))
    loop.run_until_complete(asyncio.sleep(0.01))
    assert fired[0] == 0
    for timer in armed:
        timer.cancel()
