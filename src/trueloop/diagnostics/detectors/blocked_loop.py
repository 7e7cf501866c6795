"""blocked-loop: one step or callback held the loop too long.

Law: judges what the watch saw while the step lasted; it never looks at a stack itself,
because after the step there is nothing left to see. docs/findings/blocked-loop.md says what it
means to a developer.

Silent when no sample was taken, when the machine or the process stood still, when the loop's thread
was kept waiting for a processor or, by other threads, for the GIL, and when the developer sits at a
debugger's prompt.
"""

from __future__ import annotations

import asyncio
import threading
import time
import weakref
from typing import TYPE_CHECKING, Any, ClassVar

from trueloop.diagnostics import watching
from trueloop.diagnostics.accounting import account_of, mostly_at, of_others
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.places import (
    LOOP_FILES,
    Origin,
    Place,
    foremost,
    is_user,
    of_code,
    of_tuple,
    origin,
)
from trueloop.diagnostics.stall import HINT, Held, dominating, own_samples

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.stall import Stall


GARBAGE_HINT = (
    "Call gc.freeze() once what lives for ever has been made, so that the collector leaves it "
    "alone; collect when nobody waits; keep fewer objects alive."
)
_MOST_PLACES = 10_000

# (sum, longest) of the stalls at each line, in seconds, over all loops.
_held_s: dict[Place, tuple[float, float]] = {}
_adding_up = threading.Lock()


class BlockedLoop:
    """Reports steps that lasted longer than the loop's slow_callback_duration."""

    kind = "blocked-loop"
    needs: tuple[str, ...] = ("slow_step",)

    # When the latest step ended that was too long by its own doing, or perhaps.
    _latest: ClassVar[weakref.WeakKeyDictionary[Any, int]] = weakref.WeakKeyDictionary()

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record

    @classmethod
    def is_since(cls, loop: Any, ticks: int) -> bool:
        """Whether a step of `loop` has ended since then that was too long by its own doing."""
        latest = cls._latest.get(loop)
        return latest is not None and latest >= ticks

    def slow_step(self, loop: Any, ran: Any, started_ticks: int, duration_s: float) -> None:
        """Hook: `ran` (a Task or Handle) has just ended a step that took too long."""
        stall = watching.take(loop, started_ticks)
        threshold_s = loop.slow_callback_duration
        if stall is not None and stall.own_s(duration_s) < threshold_s:
            return
        self._latest[loop] = started_ticks + watching.ticks(duration_s)
        if stall is None or stall.is_debugged():
            return
        held = _dominating(stall, duration_s, threshold_s)
        account = account_of(stall, held, duration_s)
        what = _name(ran)
        related: tuple[Related, ...] = ()
        where: Place | None
        stack: tuple[Place, ...] = ()
        # A line that is known may be blamed beside longer unknown ones, if it alone was too long.
        if held is None or held.held_s < min(stall.unseen_s, 1.5 * threshold_s):
            why = watching.why_blind(stall, threshold_s)
            if why is None:
                return
            if held is not None and is_user(held.where):
                related = (Related("seen right after", held.where),)
            where, held_s = _definition(ran), stall.blind_s
            subject, more = what, f". At which line is not known, because {why}"
        else:
            (where, stack, held_s), culprit = _blamed(held, stall, ran)
            subject = culprit or what
            more = f". It was {what}" if culprit else ""
            related = account.related
        if account.mostly == "gc":
            subject = f"a collection of garbage in {subject}"
        doing = f", {account.words}" if account.words and account.mostly != "gc" else ""
        more += of_others(stall, duration_s)
        total_s, worst_s = _add_up(where, duration_s)
        finding = Finding(
            kind=self.kind,
            severity=Severity.ERROR,
            message=(
                f"{subject} held the loop for {duration_s:.3g} s (allowed: {threshold_s:.3g} s)"
                f"{doing}; nothing else could run{more}"
            ),
            hint=GARBAGE_HINT if account.mostly == "gc" else HINT,
            time=time.time(),
            task=ran.get_name() if isinstance(ran, asyncio.Task) else None,
            where=where,
            stack=stack,
            related=related,
            details={
                "duration_s": round(duration_s, 6),
                "threshold_s": threshold_s,
                "at_this_line_s": round(held_s, 6),
                **account.details,
                "starved_s": round(stall.starved_s, 6),
                "total_s": round(total_s, 6),
                "worst_s": round(worst_s, 6),
                "samples": len(stall.samples),
            },
        )
        self._record(finding, written=stall.announced)
        if where is not None:
            watching.written(where.file, where.line)


def _dominating(stall: Stall, duration_s: float, threshold_s: float) -> Held | None:
    """The line that held the loop, or at which a collection of garbage did that for it."""
    is_guilty = stall.own_s(duration_s) - stall.gc_s >= threshold_s  # without any collection
    besides_garbage = is_guilty and mostly_at(stall, duration_s) != "gc"
    samples = own_samples(stall, besides_garbage=besides_garbage)
    return dominating(samples, duration_s - stall.starved_by_last_sample_s)


def _add_up(where: Place | None, duration_s: float) -> tuple[float, float]:
    """All stalls at this line so far, in sum, and the longest of them."""
    if where is None:
        return duration_s, duration_s
    with _adding_up:
        if len(_held_s) >= _MOST_PLACES:
            _held_s.clear()
        total_s, worst_s = _held_s.get(where, (0.0, 0.0))
        _held_s[where] = total_s + duration_s, max(worst_s, duration_s)
        return _held_s[where]


def _blamed(held: Held, stall: Stall, ran: Any) -> tuple[Held, str | None]:
    """The line to name, and its function; None for that if it only registered what ran."""
    if stall.announced_at is not None:
        return held._replace(where=Place(*stall.announced_at)), held.where.function
    if held.stack[0].file not in LOOP_FILES and is_user(held.where):
        return held, held.where.function
    # None of the developer's functions took part: a callback written in C, for one.
    registered = of_tuple(getattr(ran, "created_at", None))
    if registered is not None and is_user(registered):
        held = Held(registered, (registered,), held.held_s)
    return held, None


def _definition(ran: Any) -> Place | None:
    """Where the function that ran is defined, if it is not the standard library's.

    Else the line that created the task or registered the callback; None if that is not known.
    """
    if isinstance(ran, asyncio.Task):
        coroutine = ran.get_coro()
        code = getattr(coroutine, "cr_code", None) or getattr(coroutine, "gi_code", None)
    else:
        callback = getattr(ran, "_callback", None)
        callback = getattr(callback, "func", callback)  # a functools.partial
        code = getattr(callback, "__code__", None)
    candidates = (
        None if code is None else of_code(code),
        of_tuple(getattr(ran, "created_at", None)),
    )
    where = foremost(place for place in candidates if place is not None)
    return None if where is None or origin(where.file) >= Origin.STDLIB else where


def _name(ran: Any) -> str:
    if isinstance(ran, asyncio.Task):
        coroutine = getattr(ran.get_coro(), "__qualname__", "?")
        return f"a step of task {ran.get_name()} ({coroutine})"
    callback = getattr(ran, "_callback", None)
    if callback is None:
        return "a callback that was cancelled meanwhile"
    return f"the callback {getattr(callback, '__qualname__', None) or repr(callback)[:200]}"
