"""starved-loop: one round of many steps kept what was ready waiting, though no step was long.

Law: judges a pass over the ready queue by what the watch saw while it lasted. A pass with a step
that was too long by its own doing is blocked-loop's.
docs/findings/starved-loop.md says what it means to a developer.

Silent when the steps are so few that none need have waited so long; when they do next to nothing,
so that only their number is to blame; when the time went to another process, another thread, a
collection of garbage or trueloop's own diagnostics; when the developer sits at a debugger's prompt;
and when nobody could see which step took the time.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import places, watching
from trueloop.diagnostics.accounting import of_others
from trueloop.diagnostics.detectors.blocked_loop import BlockedLoop
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.places import Origin, Place
from trueloop.diagnostics.stall import inside_step

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from trueloop.diagnostics.stall import Sample, Stall

HINT = (
    "Let fewer of them run at a time (a semaphore, a bounded queue, fewer tasks), give each less "
    "to do before it really waits, or move the work off the loop: `await asyncio.to_thread(...)`, "
    "a process pool for computation."
)
_OURS = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep
_FEWEST_SAMPLES = 3
_SURE_SHARE = 0.05  # of a round: if others had less of it, the round before was like it
_LEAST_SHARE = 0.2  # of a round: who took less is not the one to look at
_LEAST_STEP_S = 5e-6  # on average; a step that does nothing takes 1 us
_MOST_TASKS = 2000  # looked at for where they were created
_MOST_FUNCTIONS = 10_000

# The first line that was named of each function (file, qualified name): a crowd is told once,
# wherever in its body the next round finds it.
_named: dict[tuple[str, str], Place] = {}


class Step(NamedTuple):
    """What a sample shows of the step that ran: its own line, and the task's outermost function."""

    where: Place
    root: Place
    stack: tuple[Place, ...]


class Greedy(NamedTuple):
    """The steps of one function: the line where they were most, and their part of the round."""

    step: Step
    share: float


class Named(NamedTuple):
    """What a finding says of the steps: where, and by which words."""

    where: Place
    words: str
    stack: tuple[Place, ...]
    created: Place | None
    share: float | None


class StarvedLoop:
    """Reports passes over the ready queue that lasted longer than slow_callback_duration."""

    kind = "starved-loop"
    needs: tuple[str, ...] = ("slow_pass",)

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record

    def slow_pass(
        self, loop: Any, began_ticks: int, duration_s: float, entries: int, late_s: float
    ) -> None:
        """Hook: a pass of `entries` steps and callbacks took too long, though none of them did.

        Or a timer that is due in every pass waits for too long, who comes behind all that was
        ready when it was due, and then behind all that those made ready.
        """
        if entries < 2:
            return
        stall = watching.take_pass(loop, began_ticks)
        threshold_s = loop.slow_callback_duration
        before = began_ticks - watching.ticks(late_s)
        if stall is None or stall.is_debugged() or BlockedLoop.is_since(loop, before):
            return
        if len(stall.samples) + stall.missed < _FEWEST_SAMPLES:
            return
        own_s = _own_s(stall, duration_s)
        # The last of n equal steps waits for n - 1 of them.
        before_s = _waited_before_s(stall, own_s, late_s)
        if own_s * (entries - 1) / entries + before_s < threshold_s:
            return
        if own_s / entries < _LEAST_STEP_S:
            return
        named = _by_samples(stall, loop) or _by_tasks(stall, loop, entries)
        if named is None:
            return
        details: dict[str, float] = {
            "duration_s": round(duration_s, 6),
            "threshold_s": threshold_s,
            "steps": entries,
        }
        if named.share is not None:
            details["in_this_function_s"] = round(named.share * own_s, 6)
        self._record(
            Finding(
                kind=self.kind,
                severity=Severity.ERROR,
                message=(
                    f"{_held(entries, duration_s, threshold_s, before_s)} (allowed: "
                    f"{threshold_s:.3g} s), although no step was long by itself; {named.words}, "
                    f"and nothing else had its turn{of_others(stall, duration_s)}"
                ),
                hint=HINT,
                time=time.time(),
                where=named.where,
                stack=named.stack,
                related=(
                    ()
                    if named.created is None or named.created == named.where
                    else (Related("created", named.created),)
                ),
                details=details
                | {
                    "starved_s": round(stall.starved_s, 6),
                    "gil_s": round(stall.gil_s, 6),
                    "gc_s": round(stall.gc_s, 6),
                    "samples": len(stall.samples),
                },
            )
        )


def _by_samples(stall: Stall, loop: Any) -> Named | None:
    """The function that was met most often."""
    greedy = greediest(stall)
    if greedy is None:
        return None
    step = greedy.step
    where = _first_named(step.where)
    share = "most" if greedy.share > 0.5 else f"{greedy.share:.0%}"
    return Named(
        where,
        f"{share} of that was spent in {where.function}",
        step.stack,
        _created(_some(loop.hooks.tasks()), step.root),
        greedy.share,
    )


def _by_tasks(stall: Stall, loop: Any, entries: int) -> Named | None:
    """The line that created most of the tasks, if steps came and went too fast to be met.

    Only if there are enough of them for half of the steps: each task has one in a round, at most.
    """
    tasks = loop.hooks.tasks()
    some = _some(tasks)
    if not some or stall.missed <= len(stall.samples):
        return None
    found: Counter[tuple[str, Place]] = Counter()
    for task in some:
        code = getattr(task.get_coro(), "cr_code", None)
        created = places.of_tuple(getattr(task, "created_at", None))
        if code is not None and created is not None:
            found[code.co_qualname, created] += 1
    if not found:
        return None
    (((function, created), count),) = found.most_common(1)
    if count / len(some) * len(tasks) < entries / 2:
        return None
    return Named(created, f"most of them were steps of {function}", (), None, None)


def _some(tasks: list[Any]) -> list[Any]:
    """Tasks from all over the list, not too many to look at."""
    return tasks[:: len(tasks) // _MOST_TASKS + 1]


def _first_named(where: Place) -> Place:
    if len(_named) >= _MOST_FUNCTIONS:
        _named.clear()
    return _named.setdefault((where.file, where.function), where)


def greediest(stall: Stall) -> Greedy | None:
    """The function whose steps took the largest part of the round; None if that is not known."""
    groups: dict[tuple[str, str], list[Step]] = {}
    for sample in stall.samples:
        step = None if _is_excused(sample) else step_of(sample)
        if step is not None:
            groups.setdefault((step.where.file, step.where.function), []).append(step)
    steps = max(groups.values(), key=len, default=[])
    looks = sum(not _is_excused(sample) for sample in stall.samples) + stall.missed
    if len(steps) < max(2, _LEAST_SHARE * looks):
        return None
    ((line, _),) = Counter(step.where.line for step in steps).most_common(1)
    return Greedy(next(step for step in steps if step.where.line == line), len(steps) / looks)


def step_of(sample: Sample) -> Step | None:
    """The step in a sample: None if no function of the developer's or of a package took part.

    The function that ought to have waited is named: the innermost coroutine, or the callback that
    the loop called. What it calls is in the stack.
    """
    stack = inside_step(tuple(Place(*frame) for frame in sample.frames))
    if not stack:
        return None
    origins = [places.origin(place.file) for place in stack]
    best = min(origins)
    if best >= Origin.STDLIB:
        return None
    theirs = [depth for depth, whose in enumerate(origins) if whose is best]
    coroutines = [depth for depth in theirs if sample.coroutines >> depth & 1]
    depth = coroutines[0] if coroutines else theirs[-1]
    return Step(stack[depth], stack[(coroutines or theirs)[-1]], stack)


def _is_excused(sample: Sample) -> bool:
    return sample.held_up or sample.doing == "gc"


def _own_s(stall: Stall, duration_s: float) -> float:
    """What the steps themselves took, as far as they are the program's."""
    ours = sum(
        bool(sample.frames) and sample.frames[0].file.startswith(_OURS) for sample in stall.samples
    )
    looks = len(stall.samples) + stall.missed
    return stall.own_s(duration_s) - max(stall.gc_s, 0.0) - duration_s * ours / looks


def _held(entries: int, duration_s: float, threshold_s: float, before_s: float) -> str:
    """What happened, for how long."""
    if duration_s > threshold_s:
        return f"one round of {entries} steps held the loop for {duration_s:.3g} s"
    waited_s = before_s + duration_s
    return f"one round of {entries} steps after another kept a timer waiting for {waited_s:.3g} s"


def _waited_before_s(stall: Stall, own_s: float, late_s: float) -> float:
    """What of the time that a timer was overdue before the round is the program's own doing.

    The round before is not known: it is taken for no longer than this one, which must have had the
    processor.
    """
    is_sure = stall.starved_s + stall.watch_late_s + max(stall.gc_s, 0.0) < _SURE_SHARE * own_s
    return min(own_s, late_s) if is_sure else 0.0


def _created(tasks: Iterable[Any], root: Place) -> Place | None:
    """Where most of the tasks that run the function `root` were created; None if none is left."""
    found: Counter[Place] = Counter()
    for task in tasks:
        code = getattr(task.get_coro(), "cr_code", None)
        if code is None or (code.co_filename, code.co_qualname) != (root.file, root.function):
            continue
        created = places.of_tuple(getattr(task, "created_at", None))
        if created is not None:
            found[created] += 1
    return found.most_common(1)[0][0] if found else None
