"""The watch follows a pass over the ready queue, whichever of its steps is running."""

import contextlib
import os
import sys
import threading
import time

import pytest

from tests.diagnostics.fake_beat import FakeLoop, watched
from trueloop.diagnostics import watch

pytestmark = pytest.mark.skipif(
    sys.implementation.name != "cpython", reason="reads the frames of CPython"
)
SLOW_S = 0.1


@pytest.fixture
def loop():
    loop = FakeLoop(slow_s=SLOW_S)
    with watched(loop):
        yield loop


def nap():
    time.sleep(0.01)


def spin():
    end_s = time.monotonic() + 0.01
    while time.monotonic() < end_s:
        pass


def names(stall):
    return {sample.frames[0].function.rpartition(".")[2] for sample in stall.samples}


def test_pass_of_short_steps_is_sampled(loop):
    stall = loop.round(*[nap] * 20)

    assert names(stall) == {"nap"}
    assert len(stall.samples) >= 5


def test_samples_are_of_all_the_steps(loop):
    stall = loop.round(*[nap] * 10, *[spin] * 10)

    assert names(stall) == {"nap", "spin"}


def test_short_pass_leaves_no_sample(loop):
    stall = loop.round(lambda: None)

    assert stall is None or not stall.samples


def test_record_belongs_to_its_pass_only(loop):
    first = loop.round(*[nap] * 15)
    second = loop.round(*[spin] * 15)

    assert names(first) == {"nap"}
    assert names(second) == {"spin"}


def test_record_is_handed_over_once(loop):
    began = loop.beat.pass_since = time.monotonic_ns()
    for _ in range(10):
        loop.begin()
        nap()

    assert watch.take_pass(loop.address, began) is not None
    assert watch.take_pass(loop.address, began) is None
    loop.end()
    loop.beat.pass_since = 0


def test_samples_of_any_number_of_steps_come_evenly(loop):
    stall = loop.round(*[nap] * 120)

    ages = [sample.age_s for sample in stall.samples]
    first, second = ages[: len(ages) // 2], ages[len(ages) // 2 :]
    assert 16 <= len(ages) <= 32
    assert first[-1] - first[0] > (second[-1] - second[0]) / 3


def test_steps_of_a_long_pass_have_records_of_their_own(loop):
    step = []

    def block():
        since = loop.beat.since
        time.sleep(SLOW_S)
        step.append(watch.take(loop.address, since))

    stall = loop.round(block, *[nap] * 10)

    assert names(step[0]) == {"block"}
    assert names(stall) == {"block", "nap"}


def test_step_that_is_too_long_is_none_of_the_pass_s_business(loop):
    def block():
        time.sleep(SLOW_S * 6)

    stall = loop.round(block)

    assert all(sample.age_s < SLOW_S * 2 for sample in stall.samples)


def test_coroutines_are_told_from_functions(loop):
    async def outer():
        await inner()

    async def inner():
        nap()

    def step():
        coroutine = outer()
        with contextlib.suppress(StopIteration):
            coroutine.send(None)

    stall = loop.round(*[step] * 15)

    sample = next(sample for sample in stall.samples if sample.frames[0].function == "nap")
    functions = [frame.function.rpartition(".")[2] for frame in sample.frames[:4]]
    assert functions == ["nap", "inner", "outer", "step"]
    assert [bool(sample.coroutines >> depth & 1) for depth in range(4)] == [0, 1, 1, 0]


def test_pass_of_another_thread_s_loop_is_sampled(loop):
    stalls = []

    def run():
        loop.enter_thread()
        stalls.append(loop.round(*[nap] * 20))

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()

    assert names(stalls[0]) == {"nap"}


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_pass_that_a_fork_left_behind_is_left_alone(loop):
    loop.beat.pass_since = time.monotonic_ns()
    loop.begin()
    child = os.fork()
    if child == 0:
        time.sleep(SLOW_S * 2)
        os._exit(watch.take_pass(loop.address, loop.beat.pass_since) is not None)
    _, status = os.waitpid(child, 0)
    loop.end()
    loop.beat.pass_since = 0

    assert os.waitstatus_to_exitcode(status) == 0


def test_thread_of_the_watch_has_a_name_and_an_id(loop):
    while not (tid := watch.status().thread_id):
        time.sleep(0.001)

    with open(f"/proc/self/task/{tid}/comm", encoding="utf-8") as comm:
        assert comm.read() == "trueloop-watch\n"


def test_watch_that_does_not_run_has_no_thread(loop):
    watch.stop()

    assert watch.status().thread_id == 0
