"""Without a GIL, a loop is held up when another thread stops the world, or does not let it stop."""

import contextlib
import gc
import os
import re
import sysconfig
import threading
import time

import pytest

from tests.diagnostics.fake_beat import SECOND_NS, FakeLoop, watched
from trueloop.diagnostics import watch
from trueloop.diagnostics.detectors.blocked_loop import dominating, own_samples

pytestmark = [
    pytest.mark.skipif(
        not sysconfig.get_config_var("Py_GIL_DISABLED"),
        reason="a Python with a GIL stops no world",
    ),
    pytest.mark.skipif(
        not os.path.exists("/proc/self/syscall"),
        reason="this kernel, or container, does not tell what a thread waits for",
    ),
]

SLOW_S = 0.05


@pytest.fixture
def loop():
    loop = FakeLoop(slow_s=SLOW_S)
    with watched(loop):
        yield loop


@pytest.fixture
def garbage():
    """So many objects that it takes a while to look at them all."""
    heap = [[number] for number in range(2_000_000)]
    yield heap
    heap.clear()


def own_s(loop, stall):
    return loop.duration_s - max(stall.starved_s, stall.watch_late_s) - stall.gil_s


def test_step_that_is_stopped_for_a_collection_elsewhere_held_nothing(loop, garbage):
    begun, done = [], []

    def collect():
        begun.append(loop.begin())
        gc.collect()
        done.append(True)

    thread = threading.Thread(target=collect)
    thread.start()
    while not done:
        pass
    loop.end()
    loop.duration_s = (time.monotonic_ns() - begun[0]) / SECOND_NS
    stall = watch.take(loop.address, begun[0])
    thread.join()
    assert stall.gil_s > 0
    assert own_s(loop, stall) < SLOW_S
    assert any(sample.held_up for sample in stall.samples)


def test_step_that_collects_garbage_itself_is_to_blame(loop, garbage):
    def block():
        gc.collect()
        gc.collect()

    stall = loop.step(block)
    assert stall.gil_s < SLOW_S / 2
    assert dominating(own_samples(stall), loop.duration_s).where.function.endswith("block")


def test_step_that_waits_for_another_thread_to_stop_is_not_to_blame(loop):
    hogging = threading.Event()
    pattern = re.compile("(?:a+)+$")

    def hog():
        hogging.set()
        pattern.match("a" * 24 + "b")  # C code that does not notice that it should stop

    thread = threading.Thread(target=hog)
    thread.start()
    hogging.wait()
    time.sleep(0.01)
    stall = loop.step(lambda: gc.collect(0))
    thread.join()
    assert stall.gil_s > loop.duration_s / 4
    assert any(sample.held_up for sample in stall.samples)


def test_sleep_while_others_collect_is_blamed_all_the_same(loop):
    over = threading.Event()

    def collect():
        while not over.wait(0.02):
            gc.collect()

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        stall = loop.step(lambda: time.sleep(0.4))
    finally:
        over.set()
        thread.join()
    assert own_s(loop, stall) > SLOW_S
    assert dominating(own_samples(stall), loop.duration_s).where.function.endswith("<lambda>")


def test_sleep_in_a_stopped_world_is_blamed_as_any_sleep(loop, garbage):
    over = threading.Event()

    def collect():
        while not over.is_set():
            gc.collect()

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        stall = loop.step(lambda: time.sleep(0.3))
    finally:
        over.set()
        thread.join()
    assert own_s(loop, stall) > SLOW_S
    assert not any(sample.held_up for sample in stall.samples if sample.age_s < 0.25)


def test_line_that_waits_for_the_lock_of_an_object_is_blamed(loop):
    """As with any lock: it is this line that must not share the object with that thread."""
    shared = [0] * 20_000_000
    searching = threading.Event()

    def search():
        searching.set()
        with contextlib.suppress(ValueError):
            shared.remove(1)  # has the list to itself for some 0.2 s

    thread = threading.Thread(target=search)
    thread.start()
    searching.wait()
    time.sleep(0.005)
    stall = loop.step(shared.pop)
    thread.join()
    assert {sample.frames[0].function for sample in stall.samples} == {"FakeLoop.step"}
    assert not any(sample.held_up for sample in stall.samples)
