"""Sampler: the watch in Python, for loops that have no native one.

Law: records what a thread can see that needs the GIL like any other; judges nothing. It offers what
the native watch does (diagnostics/watch) for steps: start, take, announce, written.

It looks at the beat of every running loop, and when a step has lasted for half of what it may,
begins to take stacks with sys._current_frames(), ever more seldom. That shows Python code, and
calls that release the GIL (`time.sleep`, a lock, a socket). While C code keeps the GIL this thread
stands still too: the time for which it came too late is charged to no line, and only if the loop's
thread used the processor meanwhile to the step. The share that other threads may have had of the
GIL is charged to nobody; one that has moved since the last look has had some.
"""

from __future__ import annotations

import _thread
import atexit
import os
import sys
import threading
import time
from typing import TYPE_CHECKING

from trueloop.diagnostics.announcer import Announcer
from trueloop.diagnostics.stall import Frame, Sample, Stall
from trueloop.elsewhere import hooks as elsewhere

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

    from trueloop.observable import Loop

# Where each thread of the process stands: its innermost frame and the instruction there.
Positions = dict[int, tuple[int, int]]

_PATIENCE_S = 0.025  # at most this long between two looks at the beats
_HASTE_S = 0.002  # between the first two looks at a step: did other threads move?
_SAMPLE_S = 0.01  # between two further ones, at first
_ON_TIME_S = 0.004  # a look this much too late, and the switch interval, is in time
_ANNOUNCED_AFTER = 10  # times what a step may take
_MOST_FRAMES = 64


class Record:
    """What was seen so far of one step."""

    def __init__(self, since: int) -> None:
        self.since = since
        self.samples: list[Sample] = []
        self.late_s = 0.0
        self.seen_s = 0.0  # of which it is known who moved,
        self.own_s = 0.0  # and what part of that was the step's
        self.announced_at: Frame | None = None
        self.next_s = 0.0  # the age at which to take the next stack

    @property
    def age_s(self) -> float:
        """The step's age at the last look."""
        return self.samples[-1].age_s if self.samples else 0.0

    def miss(self, age_s: float, late_s: float) -> None:
        """Nobody knows what went on until now: the look at this age came too late."""
        self.late_s += min(late_s, age_s - self.age_s)
        self.samples.append(Sample(age_s, (), held_up=True))

    def see(self, age_s: float, frames: tuple[Frame, ...], share: float | None) -> None:
        """The stack at this age; `share` of the time since the last look was the step's."""
        if share is not None:
            self.seen_s += age_s - self.age_s
            self.own_s += share * (age_s - self.age_s)
        held_up = share is not None and share < 0.5
        self.samples.append(Sample(age_s, frames, held_up))

    def as_stall(self, age_s: float, cpu_s: float = 0.0) -> Stall:
        """The record of a step that has come to this age, and taken so much processor time."""
        share = self.own_s / self.seen_s if self.seen_s else 1.0
        blind_s = min(self.late_s, max(0.0, cpu_s - (age_s - self.late_s)))
        return Stall(
            samples=tuple(self.samples),
            starved_s=0.0,
            cpu_s=cpu_s,
            watch_late_s=self.late_s - blind_s,
            announced=self.announced_at is not None,
            announced_at=self.announced_at,
            truncated=any(len(sample.frames) == _MOST_FRAMES for sample in self.samples),
            gil_s=(1 - share) * max(0.0, age_s - self.late_s),
            blind_s=blind_s,
        )


class Sampler:
    """The thread that looks, and what it has recorded."""

    def __init__(self) -> None:
        self.announcer = Announcer(-1, -1, ())
        self.told: set[tuple[str, int]] = set()
        self._reset()

    def _reset(self) -> None:
        self._wake = threading.Event()
        self._ended = _thread.allocate_lock()  # held while the thread runs
        self._stopping = False
        self.thread_id = 0
        self._positions: Positions = {}
        self._looked = self._due = 0

    def run_begins(self) -> None:
        """A loop begins to run: look at it."""
        if not self._stopping and self._ended.acquire(blocking=False):
            try:
                # Not of threading's: the program sees no thread that it has not started.
                _thread.start_new_thread(self._work, ())
            except RuntimeError:  # no more threads: then nobody watches
                self._ended.release()
        self._wake.set()

    def stop(self) -> None:
        """End the thread, and wait for it."""
        self._stopping = True
        self._wake.set()
        self._ended.acquire()
        self._ended.release()

    def resume(self) -> None:
        """Begin again after stop()."""
        self._stopping = False
        if elsewhere.running():
            self.run_begins()

    def begin_in_child(self) -> None:
        """In a forked child: the thread is not there, nor what it had recorded."""
        elsewhere.forget_other_threads()
        for hooks in elsewhere.running():
            hooks.record = None
        self._reset()
        self.resume()

    def take(self, hooks: elsewhere.Hooks, started: int) -> Stall | None:
        """Hand over, and forget, what was recorded of the step that began then."""
        now = time.perf_counter_ns()
        late_s = self._late_s(now)
        record: Record | None = hooks.record
        hooks.record = None
        if record is None or record.since != started:
            if not late_s:
                return None
            record = Record(started)
        if late_s:
            record.miss((now - started) / 1e9, late_s)
        return record.as_stall((now - started) / 1e9, hooks.step_cpu_s)

    # -- on the thread

    def _work(self) -> None:
        self.thread_id = threading.get_native_id()
        try:
            while not self._stopping:
                running = elsewhere.running()
                pause_s = self._look(running) if running else None
                del running
                self._pause(pause_s)
        finally:
            self.thread_id = 0
            self._ended.release()

    def _pause(self, pause_s: float | None) -> None:
        """Wait for the next look; None: until a loop runs."""
        self._due = self._looked + int((pause_s or 3600) * 1e9)
        if pause_s is not None and not _has_gil():
            # There, a lock yields the processor 40 times before it starts to wait, and comes
            # 50 ms too late where others want one too (CPython's Python/lock.c, MAX_SPIN_COUNT).
            time.sleep(pause_s)
        elif self._wake.wait(pause_s):
            self._wake.clear()
            self._due = time.perf_counter_ns()

    def _late_s(self, now: int) -> float:
        """How much too late a look would be at this time; 0.0 if it is about in time.

        The GIL may be lost anywhere: what counts is when a stack was taken, and when it should
        have been, seen from the time of the look before.
        """
        late_s = (now - self._due) / 1e9
        return late_s if late_s > _ON_TIME_S + sys.getswitchinterval() else 0.0

    def _look(self, running: list[elsewhere.Hooks]) -> float:
        """Look at all running loops; how long to wait before the next time, in seconds."""
        self._looked = time.perf_counter_ns()
        is_late = self._late_s(self._looked) > 0.0
        pause_s = _PATIENCE_S
        suspects = []
        for hooks in running:
            since, slow_s = hooks.since, hooks.slow_s
            pause_s = max(_HASTE_S, min(pause_s, slow_s / 4))
            age_s = (self._looked - since) / 1e9 if since else 0.0
            if age_s >= slow_s / 2 and (is_late or age_s >= self._next_s(hooks, since)):
                suspects.append((hooks, since, slow_s))
        if suspects:
            frames = sys._current_frames()
            del frames[_thread.get_ident()]  # this very frame, which refers to them
            before, self._positions = self._positions, _positions(frames)
            for suspect in suspects:
                pause_s = min(pause_s, self._look_at(*suspect, frames, before))
        return pause_s

    def _next_s(self, hooks: elsewhere.Hooks, since: int) -> float:
        """The age of the step that began then at which its next stack is wanted."""
        record: Record | None = hooks.record
        return record.next_s if record is not None and record.since == since else 0.0

    def _look_at(
        self,
        hooks: elsewhere.Hooks,
        since: int,
        slow_s: float,
        frames: dict[int, FrameType],
        before: Positions,
    ) -> float:
        """Take the stack of a loop that may be blocked; how long to wait, in seconds."""
        thread = hooks.thread
        stack = _stack(frames.get(thread or 0))
        self._looked = time.perf_counter_ns()
        age_s = (self._looked - since) / 1e9
        if hooks.since != since or not stack or thread is None:  # the step is over
            return _SAMPLE_S
        record: Record | None = hooks.record
        if record is None or record.since != since:
            record = hooks.record = Record(since)
        is_first = not record.samples
        late_s = self._late_s(self._looked)
        if late_s:
            record.miss(age_s, late_s)
        record.see(age_s, stack, _share(thread, before, self._positions))
        if age_s - record.late_s >= _ANNOUNCED_AFTER * slow_s and record.announced_at is None:
            stall = record.as_stall(age_s)
            if stall.own_s(age_s) >= _ANNOUNCED_AFTER * slow_s:
                record.announced_at = self.announcer.announce(stall, age_s, slow_s, self.told)
        seen_s = age_s - record.late_s
        pause_s = _HASTE_S if is_first else max(min(_SAMPLE_S, slow_s / 4), seen_s / 8)
        record.next_s = age_s + pause_s
        return pause_s


def _positions(frames: dict[int, FrameType]) -> Positions:
    return {thread: (id(frame), frame.f_lasti) for thread, frame in frames.items()}


def _has_gil() -> bool:
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def _share(thread: int, before: Positions, now: Positions) -> float | None:
    """What part of the time between two looks was the step's; None if that is not known.

    It is 1 unless other threads have moved, and so had the GIL. One of them cannot keep a thread
    from moving that wants to; several might.
    """
    if thread not in before:
        return None
    if not _has_gil():
        return 1.0
    moved = sum(before.get(other) != where for other, where in now.items() if other != thread)
    if before[thread] == now.get(thread):
        return 1.0 if moved <= 1 else 0.0
    return 1 / (1 + moved)


def _stack(frame: FrameType | None) -> tuple[Frame, ...]:
    """The lines of a thread's stack, innermost first."""
    found: list[Frame] = []
    while frame is not None and len(found) < _MOST_FRAMES:
        code = frame.f_code
        found.append(Frame(code.co_filename, frame.f_lineno or 0, code.co_qualname))
        frame = frame.f_back
    return tuple(found)


_sampler = Sampler()
_started = False


def start() -> None:
    """Watch every loop that runs from now on. Does nothing the second time."""
    global _started
    if _started:
        return
    _started = True
    elsewhere.on_run.append(_sampler.run_begins)
    atexit.register(_sampler.stop)
    if sys.platform != "win32":
        os.register_at_fork(
            before=_sampler.stop,
            after_in_parent=_sampler.resume,
            after_in_child=_sampler.begin_in_child,
        )


def take(loop: Loop, started_ticks: int) -> Stall | None:
    """Hand over, and forget, what was recorded of the step of `loop` that began then."""
    assert isinstance(loop.hooks, elsewhere.Hooks)
    return _sampler.take(loop.hooks, started_ticks)


def take_pass(loop: Loop, began_ticks: int) -> Stall | None:
    """Nothing: passes over the ready queue are not followed here."""
    return None


def ticks(duration_s: float) -> int:
    """So many seconds in the unit of the times that hooks are told."""
    return int(duration_s * 1e9)


def thread_id() -> int:
    """The kernel's id of the watch's own thread; 0 if it does not run."""
    return _sampler.thread_id


def why_blind(stall: Stall, threshold_s: float) -> str | None:
    """Why no line is known of a stall that is the step's own doing; None if in doubt."""
    return "C code kept the GIL" if stall.blind_s >= threshold_s / 2 else None


def announce(
    text_fd: int,
    json_fd: int,
    *,
    library_prefixes: Iterable[str] = (),
    silenced: Iterable[tuple[str | None, str | None]] = (),
    coloured: bool = False,
) -> None:
    """Let a stall that lasts ten times what it may be written to these file descriptors.

    As for the native watch; `library_prefixes` and `coloured` tell that one what is known here
    anyway.
    """
    _sampler.announcer = Announcer(text_fd, json_fd, silenced)


def written(file: str, line: int) -> None:
    """The finding at this place has been written: do not announce it."""
    _sampler.told.add((file, line))
