"""Any thread may use the watch at any time; on a free-threaded Python they really do at once."""

import ctypes
import os
import sys
import sysconfig
import threading
import time

import pytest

from tests.diagnostics.fake_beat import SECOND_NS, FakeLoop, looking, watched, ways_to_look
from trueloop.diagnostics import watch
from trueloop.diagnostics.watch import _native

DURATION_S = 1.5


def together(*functions):
    """Run each function again and again on a thread of its own; raise what one of them raises."""
    failures = []
    until = time.monotonic() + DURATION_S
    barrier = threading.Barrier(len(functions))

    def run(function):
        barrier.wait()
        try:
            while time.monotonic() < until and not failures:
                function()
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(function,)) for function in functions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def stalling(loop, seen, function=lambda: time.sleep(0.03)):
    """A loop of a thread of its own that stalls, and asks what was seen."""

    def stall():
        loop.enter_thread()
        recorded = loop.step(function)
        seen.append(recorded)

    return stall


@pytest.mark.skipif(
    not sysconfig.get_config_var("Py_GIL_DISABLED"), reason="this Python has a GIL anyway"
)
def test_native_module_does_not_bring_the_gil_back():
    assert not sys._is_gil_enabled()


@pytest.mark.parametrize("stacks", ways_to_look())
def test_loops_of_many_threads_are_watched_at_once(stacks):
    loops = [FakeLoop(slow_s=0.02) for _ in range(6)]
    seen = [[] for _ in loops]
    with watched(*loops, stacks=stacks):
        together(*(stalling(loop, stalls) for loop, stalls in zip(loops, seen, strict=True)))
    for stalls in seen:
        frames = [stall.samples[-1].frames for stall in stalls if stall and stall.samples]
        assert frames
        assert {frame[0].function.rpartition(".")[2] for frame in frames} == {"<lambda>"}


def test_everything_may_be_called_at_once(tmp_path):
    loops = [FakeLoop(slow_s=0.02) for _ in range(2)]
    heads = [ctypes.c_void_p(loop.address) for loop in loops]
    seen = []

    def start(number):
        watch.start(beats_address=ctypes.addressof(heads[number]), ticks_per_second=SECOND_NS)

    def announce():
        descriptor = os.open(tmp_path / "report", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        watch.announce(descriptor, -1, library_prefixes=("/usr/",), silenced=(("x.py", None),))
        time.sleep(0.001)
        watch.announce(-1, -1)
        os.close(descriptor)

    def note():
        watch.written("/app/x.py", 1)
        watch.forget_written()

    def check():
        assert _native.own_stack() is None or watch.status() is not None

    with watched(*loops), looking("native"):
        together(
            stalling(loops[0], seen),
            stalling(loops[1], seen, lambda: sum(range(300_000))),
            lambda: start(0),
            lambda: start(1),
            watch.stop,
            announce,
            note,
            check,
        )
    assert len(seen) > 10


def test_thread_that_has_gone_without_a_word_does_no_harm():
    """Its state is freed, and its memory used for other things, while the watch reads it."""
    loop = FakeLoop(slow_s=0.01)
    with watched(loop):
        for _ in range(20):
            thread = threading.Thread(target=lambda: (loop.enter_thread(), loop.begin()))
            thread.start()
            thread.join()
            others = [threading.Thread(target=sorted, args=("state",)) for _ in range(5)]
            for other in others:
                other.start()
            time.sleep(0.03)
            for other in others:
                other.join()
        loop.enter_thread()
        assert loop.step(lambda: time.sleep(0.1)).samples
