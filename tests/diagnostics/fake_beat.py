"""A loop as far as the watch can see it: its beat, in memory, for tests that need no real loop."""

import contextlib
import ctypes
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from trueloop.diagnostics import watch
from trueloop.diagnostics.watch import _native, selfcheck

SECOND_NS = 1_000_000_000

ctypes.pythonapi.PyThreadState_Get.restype = ctypes.c_void_p


class Beat(ctypes.Structure):
    """The fields of src/trueloop/kernel/beat.h."""

    _fields_ = (
        ("next", ctypes.c_void_p),
        ("since", ctypes.c_uint64),
        ("pass_since", ctypes.c_uint64),
        ("slow", ctypes.c_uint64),
        ("thread", ctypes.c_void_p),
        ("tid", ctypes.c_int),
        ("in_use", ctypes.c_int),
    )


class FakeLoop:
    """Publishes the steps that it runs, on the clock CLOCK_MONOTONIC."""

    def __init__(self, slow_s: float = 0.1) -> None:
        self.beat = Beat(slow=int(slow_s * SECOND_NS), in_use=1)
        self.address = ctypes.addressof(self.beat)
        self.duration_s = 0.0
        self.enter_thread()

    def enter_thread(self) -> None:
        """Say that the calling thread runs this loop."""
        self.beat.thread = ctypes.pythonapi.PyThreadState_Get()
        self.beat.tid = threading.get_native_id()

    def begin(self) -> int:
        """Begin a step; its identity."""
        since = time.monotonic_ns()
        self.beat.since = since
        return since

    def end(self) -> None:
        self.beat.since = 0

    def step(self, function: Callable[[], Any]) -> watch.Stall | None:
        """Run `function` as one step; what the watch recorded of it."""
        since = self.begin()
        try:
            function()
        finally:
            self.end()
        self.duration_s = (time.monotonic_ns() - since) / SECOND_NS
        return watch.take(self.address, since)

    def round(self, *functions: Callable[[], Any]) -> watch.Stall | None:
        """Run each function as a step, all in one pass; what the watch recorded of the pass."""
        began = self.beat.pass_since = time.monotonic_ns()
        try:
            for function in functions:
                self.begin()
                function()
        finally:
            self.end()
            self.beat.pass_since = 0
        self.duration_s = (time.monotonic_ns() - began) / SECOND_NS
        return watch.take_pass(self.address, began)


def ways_to_look() -> list[str]:
    """The ways in which stacks can be read in this Python."""
    return ["native", "polite"] if _native.can_be_polite() else ["native"]


@contextlib.contextmanager
def looking(stacks: str) -> Iterator[None]:
    """Let a watch that is started read stacks in this way, as if the check had said so."""
    decided, told = selfcheck.way_to_look, watch._told
    selfcheck.way_to_look, watch._told = lambda: stacks, True
    try:
        yield
    finally:
        selfcheck.way_to_look, watch._told = decided, told


@contextlib.contextmanager
def watched(*loops: FakeLoop, stacks: str = "native") -> Iterator[None]:
    """Let the watch look at these loops, and at nothing else; afterwards at what it saw before."""
    before = watch.status()
    watch.stop()
    head = ctypes.c_void_p(None)
    for loop in loops:
        loop.beat.next = head.value
        head.value = loop.address
    with looking(stacks):
        watch.start(beats_address=ctypes.addressof(head), ticks_per_second=SECOND_NS)
    watch.forget_written()
    try:
        yield
    finally:
        watch.stop()
        if before.is_running:
            watch.start(
                beats_address=before.beats_address,
                ticks_per_second=before.ticks_per_second,
                hardware_clock=before.hardware_clock,
            )


def wait_for_samples(count: int = 2) -> None:
    """Block until the watch has looked at a stack so many times more."""
    enough = watch.status().looks + count
    while watch.status().looks < enough:
        time.sleep(0.005)
