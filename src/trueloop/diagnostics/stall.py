"""Stall: what a watch recorded of one step that lasted long, and which line it lasted at.

Law: plain data and arithmetic. Knows neither of the watches (native: watch/, in Python: sampler.py)
that record it, nor the detector that judges it.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Sequence
from typing import NamedTuple

from trueloop.diagnostics.places import LOOP_FILES, Place, foremost

HINT = (
    "Await an asynchronous equivalent, or move the call off the loop: "
    "`await asyncio.to_thread(...)` for blocking I/O, a process pool for computation."
)
_DEBUGGERS = ("bdb.py", "pdb.py")


class Frame(NamedTuple):
    """A line of Python code that was being executed.

    `file` is the code object's file name as it is, `line` is 0 where unknown, `function` is the
    qualified name.
    """

    file: str
    line: int
    function: str


# What a thread may be at: unknown; it executes Python, computes in a C function, collects garbage,
# is in a system call, waits for the GIL. In the order of tl_doing (watch/activity.h).
DOINGS = ("", "python", "c", "gc", "syscall", "gil")


# Where Python waits until a thread or a process that it has just made gives a first sign of life:
# (file, function). That takes no time of the step's, but on a machine without a free processor.
_BIRTHS = {
    ("threading.py", "Thread.start"),
    ("subprocess.py", "Popen._execute_child"),
    ("util.py", "spawnv_passfds"),  # of multiprocessing
}
_BIRTH_DEPTH = 4
_LONGEST_BIRTH_S = 1.0


class Sample(NamedTuple):
    """The stack of the loop's thread, `age_s` after the step began; innermost frame first.

    `held_up`: another thread had the GIL, and this one waited for it. Nobody is to be blamed for
    where it stood. `doing`: one of DOINGS. `spans`: for each frame the part of the source that it
    executes: column on its line, how many lines further down it ends, and at which column, in
    bytes; -1: unknown. `opcode`: the innermost frame's. `coroutines`: bit i is set if frame i is a
    coroutine's. `starved_s`: for how much of its age the thread had been ready and did not run.
    """

    age_s: float
    frames: tuple[Frame, ...]
    held_up: bool = False
    doing: str = ""
    spans: tuple[tuple[int, int, int], ...] = ()
    opcode: int = -1
    coroutines: int = 0
    starved_s: float = 0.0

    @property
    def awaits_birth(self) -> bool:
        """Whether it was waiting for a thread or process to begin."""
        return self.doing == "syscall" and any(
            (os.path.basename(frame.file), frame.function) in _BIRTHS
            for frame in self.frames[:_BIRTH_DEPTH]
        )


class Call(NamedTuple):
    """A system call in which the loop's thread was seen, and for how long."""

    name: str
    held_s: float


class Holder(NamedTuple):
    """A thread that kept the GIL from the loop's, for how long that was seen, and where it was."""

    ident: int
    held_s: float
    frames: tuple[Frame, ...]


class Stall(NamedTuple):
    """What a watch recorded of one step.

    Attributes:
        samples: In order of time, at most 32 for a stall of any length from the native watch. Empty
            if no stack could be read.
        starved_s: How long the loop's thread was ready to run while others had the processor. 0.0
            where that is not known.
        cpu_s: How long the thread ran on a processor; it slept or waited the rest. 0.0 if unknown.
        watch_late_s: How much too late the watch itself was during the step: the process was
            stopped, or the whole machine stood still. May overlap `starved_s`, so subtract the
            larger of the two, not both.
        gil_s: How long the thread waited for the GIL that other threads had (or, on a free-threaded
            Python, was stopped for another thread's sake, or waited for others to stop), beside
            the time in `cpu_s`, `starved_s` and `watch_late_s`: subtract it as well. An estimate;
            0.0 where nothing is known.
        blind_s: How long the watch could not look although the thread ran on a processor: it kept
            the GIL, which the watch in Python needs. Nobody knows at which line.
        announced: The watch has written the finding already,
        announced_at: as one of this place; None if it has not.
        truncated: A stack had more than 64 frames; its outermost are left off.
        python_s: How long the thread executed Python,
        c_s: how long it computed in C functions,
        gc_s: and how long it collected garbage: together `cpu_s`, or 0.0 if that is not known.
        syscall_s: How long it was in system calls, beside `gil_s`.
        calls: In which, as far as that was seen.
        holders: Which threads had the GIL during `gil_s`.
        missed: How often a sample of a pass was wanted, and steps came and went too fast for it.
    """

    samples: tuple[Sample, ...]
    starved_s: float
    cpu_s: float
    watch_late_s: float
    announced: bool
    announced_at: Frame | None
    truncated: bool
    gil_s: float = 0.0
    blind_s: float = 0.0
    python_s: float = 0.0
    c_s: float = 0.0
    gc_s: float = 0.0
    syscall_s: float = 0.0
    calls: tuple[Call, ...] = ()
    holders: tuple[Holder, ...] = ()
    missed: int = 0

    @property
    def weights_s(self) -> tuple[float, ...]:
        """For each sample the seconds it answers for: those since the one before it.

        The line to blame is the one with the largest sum of weights, not the most samples: they
        get rarer as the stall goes on.
        """
        ages = [0.0, *(sample.age_s - sample.starved_s for sample in self.samples)]
        return tuple(now - before for before, now in itertools.pairwise(ages))

    @property
    def starved_by_last_sample_s(self) -> float:
        """How much of `starved_s` is known to lie before the last sample."""
        return self.samples[-1].starved_s if self.samples else 0.0

    @property
    def unseen_s(self) -> float:
        """Time of which nobody knows what went on."""
        weights = zip(self.samples, self.weights_s, strict=True)
        return sum(weight_s for sample, weight_s in weights if not sample.frames)

    def own_s(self, duration_s: float) -> float:
        """Of a step's duration what the step itself took: without waits for others' sake."""
        others_s = max(self.starved_s, self.watch_late_s) + self.gil_s + self.birth_s
        return duration_s - others_s

    @property
    def birth_s(self) -> float:
        """How long the step waited for threads or processes that it had just made, to begin."""
        weights = zip(self.samples, self.weights_s, strict=True)
        waited_s = sum(weight_s for sample, weight_s in weights if sample.awaits_birth)
        return waited_s if waited_s <= _LONGEST_BIRTH_S else 0.0

    def is_debugged(self) -> bool:
        """Whether somebody sat at a debugger's prompt."""
        return any(
            os.path.basename(frame.file) in _DEBUGGERS or "debugpy" in frame.file
            for sample in self.samples
            for frame in sample.frames
        )


class Held(NamedTuple):
    """What one line held the loop for."""

    where: Place
    stack: tuple[Place, ...]
    held_s: float


def own_samples(
    stall: Stall, *, besides_garbage: bool = False
) -> list[tuple[float, tuple[Place, ...]]]:
    """What the step itself did, for `dominating`: nothing, while it waited for the GIL or a birth.

    Nor while it collected garbage, if only what it did `besides_garbage` is asked for. Its age is
    the time in which it could have done anything: not counted is when it had no processor.
    """
    return [
        (
            sample.age_s - sample.starved_s,
            () if is_excused else tuple(Place(*frame) for frame in sample.frames),
        )
        for sample in stall.samples
        for is_excused in [
            sample.held_up
            or (besides_garbage and sample.doing == "gc")
            or (sample.awaits_birth and stall.birth_s > 0.0)
        ]
    ]


def dominating(
    samples: Sequence[tuple[float, tuple[Place, ...]]], duration_s: float
) -> Held | None:
    """The line that held the loop longest.

    `samples` are (age of the step in s, stack innermost first) in order of time. A sample answers
    for the time since the one before it, the last one also for what came after it. An empty stack
    charges nobody with that time.
    """
    held: dict[tuple[str, int], Held] = {}
    before_s = 0.0
    for number, (age_s, stack) in enumerate(samples):
        until_s = age_s if number + 1 < len(samples) else max(age_s, duration_s)
        stack = inside_step(stack) or stack
        where = foremost(stack)
        if where is not None:
            key = where.file, where.line
            sofar_s = held[key].held_s if key in held else 0.0
            held[key] = Held(where, stack, sofar_s + until_s - before_s)
        before_s = until_s
    return max(held.values(), key=lambda line: line.held_s, default=None)


def inside_step(stack: tuple[Place, ...]) -> tuple[Place, ...]:
    """The part of the stack that the loop called; the rest is who started the loop."""
    for depth, place in enumerate(stack):
        if place.file in LOOP_FILES:
            return stack[:depth]
    return stack
