"""The watch tells what the thread of a blocked loop is at."""

import contextlib
import ctypes
import gc
import os
import socket
import sys
import threading
import time

import pytest

from tests.diagnostics.fake_beat import FakeLoop, watched

pytestmark = pytest.mark.skipif(
    not os.path.exists("/proc/self/syscall"),
    reason="this kernel, or container, does not tell what a thread waits for",
)
SLOW_S = 0.05
STALL_S = 0.3

# Unlike time.sleep it keeps the GIL, as a regular expression or json.dumps does.
hold_gil = ctypes.PyDLL(None).usleep
with_gil = pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="there is no GIL"
)


@pytest.fixture
def loop():
    loop = FakeLoop(slow_s=SLOW_S)
    with watched(loop):
        yield loop


def mostly(stall):
    """What took most of the time of a stall."""
    spent_s = {
        "python": stall.python_s,
        "c": stall.c_s,
        "gc": stall.gc_s,
        "syscall": stall.syscall_s,
        "gil": stall.gil_s,
    }
    return max(spent_s, key=spent_s.get)


def compute_in_python():
    end_s = time.thread_time() + STALL_S
    while time.thread_time() < end_s:
        for _ in range(1000):
            pass


def compute_in_c():
    end_s = time.thread_time() + STALL_S
    while time.thread_time() < end_s:
        sum(range(1_000_000))


def test_bytecode_is_python(loop):
    assert mostly(loop.step(compute_in_python)) == "python"


def test_a_long_call_of_a_builtin_is_c(loop):
    stall = loop.step(compute_in_c)

    assert mostly(stall) == "c"
    # A probe that found the thread without a processor knows nothing: "".
    known = [sample.doing for sample in stall.samples if sample.doing]
    assert known.count("c") > len(known) / 2


def test_what_is_called_is_marked_in_the_source(loop):
    stall = loop.step(compute_in_c)

    sample = next(sample for sample in stall.samples if sample.doing == "c")
    with open(__file__, encoding="utf-8") as source:
        line = source.readlines()[sample.frames[0].line - 1]
    column, more_lines, end = sample.spans[0]
    assert line[column:end] in ("sum(range(1_000_000))", "range(1_000_000)")
    assert more_lines == 0


@pytest.mark.parametrize(
    ("wait", "call"),
    [
        (lambda: time.sleep(STALL_S), {"clock_nanosleep", "select", "pselect6"}),
        (lambda: threading.Event().wait(STALL_S), {"futex"}),
        (lambda: os.read(timed_pipe(), 1), {"read"}),
        (lambda: receive(), {"poll", "ppoll"}),
    ],
    ids=["sleep", "lock", "pipe", "socket"],
)
def test_waits_are_named_by_their_system_call(wait, call, loop):
    stall = loop.step(wait)

    assert mostly(stall) == "syscall"
    assert stall.calls[0].name in call


def timed_pipe():
    reading, writing = os.pipe()
    threading.Timer(STALL_S, os.write, (writing, b"x")).start()
    return reading


def receive():
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(STALL_S)
        with contextlib.suppress(TimeoutError):
            near.recv(1)


def test_collection_of_garbage_is_told_from_computing(loop):
    heap = [[number] for number in range(600_000)]

    def collect():
        end_s = time.thread_time() + STALL_S
        while time.thread_time() < end_s:
            gc.collect()

    assert mostly(loop.step(collect)) == "gc"
    assert len(heap) == 600_000


@with_gil
def test_who_has_the_gil_is_named_with_its_line(loop):
    go, over = threading.Event(), threading.Event()

    def keep():
        go.wait()
        hold_gil(int(STALL_S * 1e6))  # the place
        over.set()

    thread = threading.Thread(target=keep)
    thread.start()

    def want():
        go.set()
        while not over.is_set():
            pass

    stall = loop.step(want)
    thread.join()

    assert mostly(stall) == "gil"
    holder = max(stall.holders, key=lambda holder: holder.held_s)
    assert holder.ident == thread.ident
    assert holder.frames[0].line == keep.__code__.co_firstlineno + 2


def test_nobody_has_the_gil_of_a_loop_that_sleeps(loop):
    stall = loop.step(lambda: time.sleep(STALL_S))

    assert stall.holders == ()
    assert stall.gil_s == 0


def test_times_add_up_to_the_step(loop):
    stall = loop.step(lambda: (time.sleep(STALL_S / 2), compute_in_python()))

    parts_s = stall.python_s + stall.c_s + stall.gc_s + stall.syscall_s + stall.gil_s
    lost_s = max(stall.starved_s, stall.watch_late_s)
    assert parts_s == pytest.approx(loop.duration_s - lost_s, rel=0.1)
