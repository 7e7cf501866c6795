"""A loop that waits for the GIL is held by another thread: its own line is not to blame."""

import asyncio
import contextlib
import ctypes
import json
import os
import sys
import threading
import time

import pytest

import trueloop
from tests.diagnostics.fake_beat import SECOND_NS, FakeLoop, watched
from trueloop.diagnostics import watch
from trueloop.diagnostics.stall import dominating, own_samples

pytestmark = [
    pytest.mark.skipif(
        not os.path.exists("/proc/self/syscall"),
        reason="this kernel, or container, does not tell what a thread waits for",
    ),
    pytest.mark.skipif(
        not getattr(sys, "_is_gil_enabled", lambda: True)(),
        reason="there is no GIL: see test_watch_world.py",
    ),
]

# Unlike time.sleep it keeps the GIL, as a regular expression or json.dumps does.
hold_gil = ctypes.PyDLL(None).usleep
SLOW_S = 0.05


@pytest.fixture
def loop():
    loop = FakeLoop(slow_s=SLOW_S)
    with watched(loop):
        yield loop


@contextlib.contextmanager
def thread(function):
    """`function` runs again and again in a thread of its own."""
    over = threading.Event()

    def run():
        while not over.is_set():
            function()

    beside = threading.Thread(target=run)
    beside.start()
    try:
        yield
    finally:
        over.set()
        beside.join()


def spin():
    for _ in range(1000):
        pass


def compute(duration_s):
    end_s = time.thread_time() + duration_s
    while time.thread_time() < end_s:
        sum(range(100))


class Holder:
    """A thread that takes the GIL for a while when it is told to."""

    def __init__(self):
        self._go = threading.Event()
        self._done = []
        self._thread = threading.Thread(target=self._run)
        self._thread.start()

    def _run(self):
        self._go.wait()
        self._begin()
        hold_gil(self._hold_us)
        self._done.append(True)

    def hold_up(self, hold_s, begin=lambda: None):
        """Want nothing but the GIL until the holder has had it; it calls `begin` at first."""
        self._begin = begin
        self._hold_us = int(hold_s * 1e6)
        self._go.set()
        while not self._done:
            pass

    def join(self):
        self._thread.join()


@pytest.fixture
def holder():
    holder = Holder()
    yield holder
    holder.join()


def step_held_up(loop, holder, hold_s):
    """A step that does nothing but wait for the GIL: its holder begins it."""
    begun = []
    holder.hold_up(hold_s, begin=lambda: begun.append(loop.begin()))
    loop.end()
    loop.duration_s = (time.monotonic_ns() - begun[0]) / SECOND_NS
    return watch.take(loop.address, begun[0])


def own_s(loop, stall):
    return loop.duration_s - max(stall.starved_s, stall.watch_late_s) - stall.gil_s


def test_gil_of_this_python_can_be_seen(loop):
    assert watch.status().can_see_gil


def test_step_that_only_waited_for_the_gil_held_nothing(loop, holder):
    stall = step_held_up(loop, holder, 0.3)
    assert loop.duration_s >= 0.3
    assert stall.gil_s > 0
    assert own_s(loop, stall) < SLOW_S
    assert any(sample.held_up for sample in stall.samples)


def test_step_that_runs_alone_waits_for_nobody(loop):
    stall = loop.step(lambda: compute(0.2))
    assert stall.gil_s == 0
    assert not any(sample.held_up for sample in stall.samples)


def test_sleep_and_locks_are_no_wait_for_the_gil(loop):
    lock = threading.Lock()
    lock.acquire()

    def block():
        time.sleep(0.1)
        lock.acquire(timeout=0.1)

    stall = loop.step(block)
    assert stall.gil_s == 0
    assert not any(sample.held_up for sample in stall.samples)


def test_turns_with_a_computing_thread_count_as_the_step_s_own_only_while_it_has_them(loop):
    with thread(spin):
        stall = loop.step(lambda: compute(0.3))
    assert stall.gil_s > 0
    assert SLOW_S < own_s(loop, stall) < loop.duration_s


def test_time_of_waiting_is_not_charged_to_the_line_that_waits(loop, holder):
    def block():
        compute(0.2)
        holder.hold_up(0.5)

    stall = loop.step(block)
    charged = dominating(own_samples(stall), loop.duration_s)
    assert any(sample.held_up for sample in stall.samples)
    assert charged.where.function == "compute"


def test_samples_of_waiting_alone_charge_nobody(loop, holder):
    stall = step_held_up(loop, holder, 0.3)
    waiting = [sample for sample in stall.samples if sample.held_up]
    alone = stall._replace(samples=tuple(waiting))
    assert dominating(own_samples(alone), loop.duration_s) is None


@contextlib.contextmanager
def announcing(path):
    with path.open("ab") as report:
        watch.announce(-1, report.fileno())
        try:
            yield
        finally:
            watch.announce(-1, -1)


def test_wait_for_the_gil_is_not_announced(loop, holder, tmp_path):
    path = tmp_path / "report"
    with announcing(path):
        stall = step_held_up(loop, holder, SLOW_S * 15)
    assert loop.duration_s > SLOW_S * 10
    assert not stall.announced
    assert path.read_text() == ""


def test_announces_where_the_step_itself_was_and_not_where_it_waited(loop, holder, tmp_path):
    path = tmp_path / "report"

    def block():
        holder.hold_up(SLOW_S * 15)
        while not path.stat().st_size:
            time.sleep(0.01)  # the place

    with announcing(path):
        stall = loop.step(block)
    assert stall.announced
    assert own_s(loop, stall) >= SLOW_S * 9  # the last look decided, not this one
    assert json.loads(path.read_text())["where"]["line"] == block.__code__.co_firstlineno + 3


def findings_of(collected, step, slow_s=0.1):
    async def main():
        asyncio.get_running_loop().slow_callback_duration = slow_s
        await asyncio.sleep(0)
        step()

    trueloop.run(main())
    return [found for found in collected if found.kind == "blocked-loop"]


def test_nobody_is_blamed_for_another_thread(collected, holder):
    assert findings_of(collected, lambda: holder.hold_up(0.6), slow_s=0.3) == []


def test_sleep_is_found_although_another_thread_keeps_the_gil(collected):
    def block():
        time.sleep(0.4)  # the place

    with thread(lambda: hold_gil(60_000)):
        (finding,) = findings_of(collected, block)
    assert finding.where.line == block.__code__.co_firstlineno + 1


def test_computing_is_found_although_another_thread_computes(collected):
    with thread(spin):
        (finding,) = findings_of(collected, lambda: compute(0.4))
    assert finding.where.function == "compute"
    assert finding.details["gil_s"] > 0
