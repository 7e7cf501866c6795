"""blocked-loop: one step or callback held the loop too long.

Law: judges what the watch thread saw while the step lasted; it never looks at a stack itself,
because after the step there is nothing left to see. docs/findings/blocked-loop.md says what it
means to a developer.

Silent when no sample was taken, when the machine or the process stood still, when the loop's thread
was kept waiting for a processor or, by other threads, for the GIL, and when the developer sits at a
debugger's prompt.
"""

from __future__ import annotations

import asyncio
import os
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import watch
from trueloop.diagnostics.finding import Finding, Severity
from trueloop.diagnostics.places import LOOP_FILE, Place, foremost, is_user, of_tuple

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HINT = (
    "Await an asynchronous equivalent, or move the call off the loop: "
    "`await asyncio.to_thread(...)` for blocking I/O, a process pool for computation."
)
_DEBUGGERS = ("bdb.py", "pdb.py")


class _Held(NamedTuple):
    """What one line held the loop for."""

    where: Place
    stack: tuple[Place, ...]
    held_s: float


class BlockedLoop:
    """Reports steps that lasted longer than the loop's slow_callback_duration."""

    kind = "blocked-loop"

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record

    def slow_step(self, loop: Any, ran: Any, started_ticks: int, duration_s: float) -> None:
        """Hook: `ran` (a Task or Handle) has just ended a step that took too long."""
        stall = watch.take(loop.hooks.beat_address, started_ticks)
        if stall is None:
            return
        threshold_s = loop.slow_callback_duration
        if duration_s - max(stall.starved_s, stall.watch_late_s) - stall.gil_s < threshold_s:
            return
        if any(_is_debugged(sample.frames) for sample in stall.samples):
            return
        if not stall.samples:
            self._report_unseen(ran, stall, duration_s, threshold_s)
            return
        held = dominating(own_samples(stall), duration_s)
        if held is None:
            return
        what = _name(ran)
        culprit = held.where.function
        if stall.announced_at is not None:
            held = held._replace(where=Place(*stall.announced_at))
        elif held.stack[0].file == LOOP_FILE or not is_user(held.where):
            # None of the developer's functions took part: a callback written in C, for one.
            culprit = what
            registered = _registered(ran)
            if registered is not None:
                held = _Held(registered, (registered,), held.held_s)
        finding = Finding(
            kind=self.kind,
            severity=Severity.ERROR,
            message=(
                f"{culprit} held the loop for {duration_s:.3g} s (allowed: {threshold_s:.3g} s); "
                f"nothing else could run{'' if culprit == what else f'. It was {what}'}"
            ),
            hint=HINT,
            time=time.time(),
            task=ran.get_name() if isinstance(ran, asyncio.Task) else None,
            where=held.where,
            stack=held.stack,
            details={
                "duration_s": round(duration_s, 6),
                "threshold_s": threshold_s,
                "at_this_line_s": round(held.held_s, 6),
                "starved_s": round(stall.starved_s, 6),
                "gil_s": round(stall.gil_s, 6),
                "samples": len(stall.samples),
            },
        )
        self._record(finding, written=stall.announced)
        watch.written(held.where.file, held.where.line)

    def _report_unseen(
        self, ran: Any, stall: watch.Stall, duration_s: float, threshold_s: float
    ) -> None:
        """The stack could not be looked at. Say so, if that is this Python's fault."""
        stacks = watch.status().stacks
        if stacks == "native":
            return  # it could have been: the watch itself was held up
        if stacks == "polite" and stall.cpu_s < threshold_s:
            return  # it waited, and perhaps for the GIL, as the look did
        registered = _registered(ran)
        finding = Finding(
            kind=self.kind,
            severity=Severity.ERROR,
            message=(
                f"{_name(ran)} held the loop for {duration_s:.3g} s (allowed: {threshold_s:.3g} s);"
                " nothing else could run. At which line is not known, because trueloop does not"
                " know the stack frames of this Python"
            ),
            hint=HINT,
            time=time.time(),
            task=ran.get_name() if isinstance(ran, asyncio.Task) else None,
            where=registered,
            stack=() if registered is None else (registered,),
            details={
                "duration_s": round(duration_s, 6),
                "threshold_s": threshold_s,
                "starved_s": round(stall.starved_s, 6),
                "samples": 0,
            },
        )
        self._record(finding, written=False)


def _registered(ran: Any) -> Place | None:
    """The line of the developer's that created the task or asked for the callback, if known."""
    place = of_tuple(getattr(ran, "created_at", None))
    return place if place is not None and is_user(place) else None


def own_samples(stall: watch.Stall) -> list[tuple[float, tuple[Place, ...]]]:
    """What the step itself did, for `dominating`: nothing, while it waited for the GIL."""
    return [
        (age_s, () if held_up else tuple(Place(*frame) for frame in frames))
        for age_s, frames, held_up in stall.samples
    ]


def dominating(
    samples: Sequence[tuple[float, tuple[Place, ...]]], duration_s: float
) -> _Held | None:
    """The line that held the loop longest.

    `samples` are (age of the step in s, stack innermost first) in order of time. A sample answers
    for the time since the one before it, the last one also for what came after it. An empty stack
    charges nobody with that time.
    """
    held: dict[tuple[str, int], _Held] = {}
    before_s = 0.0
    for number, (age_s, stack) in enumerate(samples):
        until_s = age_s if number + 1 < len(samples) else max(age_s, duration_s)
        stack = _inside_step(stack) or stack
        where = foremost(stack)
        if where is not None:
            key = where.file, where.line
            sofar_s = held[key].held_s if key in held else 0.0
            held[key] = _Held(where, stack, sofar_s + until_s - before_s)
        before_s = until_s
    return max(held.values(), key=lambda line: line.held_s, default=None)


def _inside_step(stack: tuple[Place, ...]) -> tuple[Place, ...]:
    """The part of the stack that the loop called; the rest is who started the loop."""
    for depth, place in enumerate(stack):
        if place.file == LOOP_FILE:
            return stack[:depth]
    return stack


def _is_debugged(stack: tuple[watch.Frame, ...]) -> bool:
    return any(
        os.path.basename(frame.file) in _DEBUGGERS or "debugpy" in frame.file for frame in stack
    )


def _name(ran: Any) -> str:
    if isinstance(ran, asyncio.Task):
        coroutine = getattr(ran.get_coro(), "__qualname__", "?")
        return f"a step of task {ran.get_name()} ({coroutine})"
    callback = getattr(ran, "_callback", None)
    return f"the callback {getattr(callback, '__qualname__', None) or repr(callback)[:200]}"
