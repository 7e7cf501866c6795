"""Hooks: the slots that detectors use, called from Python.

Law: the same slots and facts as the kernel's (trueloop/observable.py), and like the kernel's they
know nothing of detectors. A hook must not raise: here it would raise into the loop.

The beat is in Python too: `since` and `thread` say when the running step began, and in which
thread, to whoever looks from another thread.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any

from trueloop import observable
from trueloop.elsewhere.handle import steps_a_task
from trueloop.observable import SLOTS

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

__all__ = ["DRIVEN", "Hooks", "is_reader", "on_new_loop", "on_run", "running", "skip_reader"]

# The slots that are called here.
DRIVEN = frozenset(SLOTS) - {
    "slow_pass",
    "idle",
    "wrong_thread",
    "circular",
    "cancellation_survived",
    "uncancelled",
}

# Called with each new EventLoop; detectors attach themselves through it.
on_new_loop: list[Callable[[Any], object]] = []

# Called without arguments when a loop begins to run.
on_run: list[Callable[[], object]] = []

# Hooks of the loops that run now, by identity.
_running: dict[int, Hooks] = {}
_SHORT = 1_000_000  # ns; a step shorter than this is not slow, whatever the loop's threshold
_CPU_AFTER = 10_000_000  # ns after which the thread's processor time is asked for again
_thread_time_ns = getattr(time, "thread_time_ns", lambda: 0)  # not on every Unix

# By identity: code objects are slow to hash.
_readers: dict[int, CodeType] = {}


def skip_reader(code: CodeType) -> None:
    """Ask the read_by_plumbing hook whether a look at an exception from `code` is a real one."""
    _readers[id(code)] = code


def is_reader(code: CodeType) -> bool:
    """Whether the code was given to skip_reader()."""
    return id(code) in _readers


def running() -> list[Hooks]:
    """The hooks of every loop that runs now."""
    return list(_running.values())


def forget_other_threads() -> None:
    """In a forked child: the loops of other threads do not run here."""
    own = threading.get_ident()
    for key, hooks in list(_running.items()):
        if hooks.thread != own:
            del _running[key]


class Hooks(observable.Hooks):
    """The hook slots and facts of one loop.

    Attributes:
        since: when the running step began, in ns of time.perf_counter_ns(); 0 while none runs. It
            changes with every step, and so identifies the step.
        thread: identifier of the thread that runs the loop; None while none does.
        record: whatever that other thread notes of the running step.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = weakref.ref(loop)
        self._ran: Any = None
        self._task: Any = None
        self._cpu_at = self._cpu = self._step_began = 0
        self.since = 0
        self.thread: int | None = None
        self.record: Any = None

    def tasks(self) -> list[Any]:
        """The loop's pending tasks, in no particular order."""
        loop = self._loop()
        return [] if loop is None else list(asyncio.all_tasks(loop))

    @property
    def current_task(self) -> Any:
        """The task whose step runs now, or None."""
        loop = self._loop()
        return None if loop is None else asyncio.current_task(loop)

    @property
    def hearing(self) -> Any:
        """The native done-callback that runs now: there are none here."""
        return None

    @property
    def slow_s(self) -> float:
        """How long a step may take, in seconds."""
        seconds: float = getattr(self._loop(), "slow_callback_duration", 0.1)
        return seconds

    @property
    def step_cpu_s(self) -> float:
        """Processor time of the running step: at least so much; to be asked in the loop's thread.

        The clock is read now and then between steps. What lies between that and the step is taken
        off as if the thread had run on a processor for all of that time.
        """
        cpu = _thread_time_ns() - self._cpu
        return max(0, cpu - (self._step_began - self._cpu_at)) / 1e9

    # -- called by the loop

    def run_begins(self) -> None:
        """The loop runs in this thread from now on."""
        self.thread = threading.get_ident()
        _running[id(self)] = self
        for tell in on_run:
            tell()

    def run_ends(self) -> None:
        """It does not run any more; the step that ended the run has ended too."""
        self.pass_ends()
        self.thread = None
        _running.pop(id(self), None)

    def step_begins(self, handle: Any) -> None:
        """The loop has taken `handle` from its ready queue; the step before it has ended."""
        now = time.perf_counter_ns()
        if self.since:
            self._step_ends(now)
        if now - self._cpu_at > _CPU_AFTER:
            self._cpu_at, self._cpu = now, _thread_time_ns()
        self._ran = handle
        task = self._task = stepped_by(handle)
        self.since = self._step_began = now
        if task is not None and self.before_step is not None:
            self.before_step(task)

    def pass_ends(self) -> None:
        """The loop is going to poll, or to end: no step runs."""
        if self.since:
            self._step_ends(time.perf_counter_ns())

    def _step_ends(self, now: int) -> None:
        ran, task, since = self._ran, self._task, self.since
        self._ran = self._task = None
        self.since = 0
        if task is not None:
            self._task_stepped(task)
        if now - since > _SHORT and self.slow_step is not None:
            loop = self._loop()
            duration_s = (now - since) / 1e9
            if loop is not None and duration_s > loop.slow_callback_duration:
                self.slow_step(loop, ran if task is None else task, since, duration_s)

    def _task_stepped(self, task: Any) -> None:
        if self.after_step is not None:
            self.after_step(task)
        if task.done():
            self.task_ended(task)
        elif self.wait_begins is not None:
            awaited = task._fut_waiter
            if awaited is not None:
                self.wait_begins(task, awaited)

    def task_ended(self, task: Any) -> None:
        """A task has just got its result or exception, or was cancelled."""
        if self.task_failed is not None and task._exception is not None:
            self.task_failed(task)
        if self.task_finished is not None:
            self.task_finished(task)


def stepped_by(handle: Any) -> Any:
    """The observed task that the handle resumes; None if it is a callback."""
    callback = handle._callback
    if not steps_a_task(callback):
        return None
    owner = callback.__self__
    return owner if hasattr(type(owner), "reads") else None
