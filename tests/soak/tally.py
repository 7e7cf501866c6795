"""Tally: what a load has done, and what a run must not leave behind.

Law: counts and compares; knows no load.
"""

import asyncio
import gc
import os
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from trueloop.kernel.future import Future
from trueloop.kernel.handle import Handle
from trueloop.kernel.stream import StreamTransport
from trueloop.kernel.task import Task
from trueloop.kernel.timers import TimerHandle
from trueloop.loop import EventLoop

KINDS = (Future, Task, Handle, TimerHandle, StreamTransport, EventLoop)


class Wrong(AssertionError):
    """A byte was lost or came twice, or an item did; or something was left behind."""


@dataclass(slots=True)
class Tally:
    """What has been done, by what is counted."""

    counts: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, what: str, number: int = 1) -> None:
        """Count; from any thread."""
        with self._lock:
            self.counts[what] += number

    def __str__(self) -> str:
        return ", ".join(f"{count:,} {what}" for what, count in sorted(self.counts.items()))


def expect(what: str, seen: object, wanted: object) -> None:
    """Raises Wrong if the two are not equal."""
    if seen != wanted:
        raise Wrong(f"{what}: {seen!r}, expected {wanted!r}")


@dataclass(frozen=True, slots=True)
class Leftovers:
    """What is there at one moment that a run could leave behind."""

    descriptors: frozenset[str]
    threads: int
    children: int
    objects: dict[str, int]
    memory_kib: int

    def must_equal(self, before: "Leftovers") -> None:
        """Raises Wrong, and names what is left. Memory is the caller's to judge."""
        opened = self.descriptors - before.descriptors
        expect("descriptors left open", {name: target(name) for name in opened}, {})
        expect("threads", self.threads, before.threads)
        expect("children", self.children, before.children)
        expect("objects", self.objects, before.objects)

    def more_than(self, before: "Leftovers") -> str:
        """How much more there is than before, in words."""
        kinds = {kind.__name__ for kind in KINDS}
        more = {kind: self.objects.get(kind, 0) - before.objects.get(kind, 0) for kind in kinds}
        more["descriptors"] = len(self.descriptors - before.descriptors)
        more["threads"] = self.threads - before.threads
        more["children"] = self.children - before.children
        return ", ".join(f"{count} {what}" for what, count in sorted(more.items()))


def look() -> Leftovers:
    """What is there now, after the garbage has gone."""
    for _ in range(3):
        gc.collect()
    alive = Counter(type(one).__name__ for one in gc.get_objects() if type(one) in KINDS)
    return Leftovers(
        frozenset(name for name in os.listdir("/proc/self/fd") if target(name)),
        threading.active_count(),
        len(Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()),
        dict(alive),
        resident_kib(),
    )


def target(descriptor: str) -> str:
    """What a descriptor is; "" if it is closed."""
    try:
        return os.readlink(f"/proc/self/fd/{descriptor}")
    except OSError:
        return ""


def resident_kib() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


def check_idle(loop: asyncio.AbstractEventLoop) -> None:
    """Raises Wrong unless a loop has neither tasks but the one that runs, nor timers of its own."""
    others = asyncio.all_tasks(loop) - {asyncio.current_task()}
    expect("tasks", {task.get_coro() for task in others}, set())
    timers = [timer for timer in getattr(loop, "_scheduled", ()) if not timer.cancelled()]
    expect("timers", timers, [])
