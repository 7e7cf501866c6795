"""circular-await: tasks that wait for each other, or one for itself.

Law: what it reports are circles of waits that are proved at that moment. A circle from which
nobody can escape is ended, by raising CircularAwaitError at the await of a member.
docs/findings/circular-await.md says what it means to a developer.

Circles of plain `await task` are told by the kernel when they close. Those that go through gather,
wait, shield, TaskGroup, as_completed or a lock are looked for when the loop has nothing to do; the
time spent on it is kept below a hundredth.

Reported but not ended: a circle that a timer will end (a timeout around a member; but one of plain
awaits and gathers cannot even be cancelled: the request runs in the circle), and one which a task
outside could end by failing, if it has stood for a while. A circle whose members wait for
others too, who still work, is given the same while before it is ended. Locks alone are a deadlock.
"""

from __future__ import annotations

import math
import time
import weakref
from typing import TYPE_CHECKING, Any

from trueloop import runtime
from trueloop.diagnostics import places, running, waits
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.waits import deadlines
from trueloop.errors import CircularAwaitError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HINT = "Let one of them go on without the other: pass the result along, or wait from outside."
HINT_SELF = (
    "Leave the waiting task itself out, as in asyncio.all_tasks() - {asyncio.current_task()}."
)

_LONGEST_LOOK_S = 0.02
_LONGEST_JUDGING_S = 0.05
_SHARE = 0.005  # of the time that looking may take
_TASK_S = 2e-6  # a look takes about so long for each task
_SHORTEST_PAUSE_S = 0.2
_LOOK_AGAIN_S = 0.5
_STANDS_S = 1.0  # so long must a circle stand of which some member waits for somebody outside

_MOST_SHOWN = 20
_MOST_CONSIDERED = 100

# Where a member can be interrupted with the least harm: the first of these that is there.
_BEST_ENDS = ("task", "shield", "wait_for", "gather", "wait", "as_completed", "lock", "TaskGroup")


class CircularAwait:
    """Reports circles of waiting tasks of one loop, and ends them."""

    kind = "circular-await"
    needs: tuple[str, ...] = ("circular", "idle")

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._next_look = 0.0
        self._looked = time.monotonic()
        self._start = 0
        self._is_cut = False  # there were more circles than the last look had time for
        # Circles that were left alone, by the member that would have been interrupted: since when
        # they stand, and the id() of what that member waits for.
        self._standing: weakref.WeakKeyDictionary[Any, tuple[float, int]] = (
            weakref.WeakKeyDictionary()
        )
        self._told: weakref.WeakSet[Any] = weakref.WeakSet()

    # -- hooks

    def circular(self, task: Any, awaited: Any) -> BaseException | None:
        """Hook: `task` is about to wait for a task that waits for it, directly or not."""
        members = [task]
        following = awaited
        while following is not task:
            members.append(following)
            following = following._fut_waiter
        if awaited is task:  # asyncio itself refuses that
            self._record(self._finding(members, [waits.describe(task, awaited)], "it was refused"))
            return None
        others = members[1:_MOST_CONSIDERED]
        described = [waits.describe(task, awaited), *map(waits.describe, others)]
        self._record(self._finding(members, described, _raised(task)))
        return _error(members, described)

    def idle(self, loop: Any, wait_s: float) -> float:
        """Hook: the loop has nothing to do for `wait_s` seconds."""
        now = time.monotonic()
        due = self._next_look
        if not self._is_cut and not self._start:  # else what the last look took is a better guess
            likely_s = min(loop.hooks.live_count * _TASK_S, _LONGEST_LOOK_S)
            due = max(due, self._looked + likely_s / _SHARE)
        if now < due:
            return due - now
        self._looked = now
        # What this thread worked: a look that has to wait for the GIL, or for the machine, takes
        # long without costing anything, and is no reason to stay away for minutes.
        worked = time.thread_time()
        found, self._start = waits.find_circles(
            loop.hooks.tasks(), self._start, _LONGEST_LOOK_S, _LONGEST_JUDGING_S
        )
        is_over = self.end(loop, found, limit_s=_LONGEST_JUDGING_S)
        took = time.thread_time() - worked
        if self._is_cut:  # nothing matters more than to end the others
            self._next_look = now + 2 * took
            return self._next_look - now
        self._next_look = now + max(_SHORTEST_PAUSE_S, took / _SHARE)
        if self._start or not is_over:
            return max(self._next_look - now, _LOOK_AGAIN_S)
        return math.inf

    # -- judging

    def end(self, loop: Any, found: Sequence[waits.Circle], *, limit_s: float = math.inf) -> bool:
        """Report circles and end them. False if one is worth another look later."""
        is_over = True
        began = time.perf_counter()
        self._is_cut = False
        for number, circle in enumerate(found):
            if number and time.perf_counter() - began > limit_s:
                self._is_cut = True
                return False
            members, described = _turned(circle.tasks)
            if not members:
                continue
            closing = members[0]
            has_stood = self._has_stood(closing)
            if not has_stood and not (circle.is_final and circle.is_alone):
                is_over = False
                continue
            if not circle.is_final:
                self._report_once(members, described, "only a failure beside them ends that")
            elif _can_be_cancelled(described) and deadlines.is_armed(loop, members):
                self._report_once(members, described, "only a timeout ends that")
            elif runtime.interrupt(closing, _error(members, described)):
                self._record(self._finding(members, described, _raised(closing)))
        return is_over

    def _report_once(
        self, members: Sequence[Any], described: Sequence[waits.Wait | None], outcome: str
    ) -> None:
        """Report a circle that is left alone, but not again while it stands."""
        if members[0] not in self._told:
            self._told.add(members[0])
            self._record(self._finding(members, described, outcome))

    def _has_stood(self, task: Any) -> bool:
        """Whether a task has waited for the same thing for a while."""
        now = time.monotonic()
        since, awaited = self._standing.get(task, (now, 0))
        if awaited != id(task._fut_waiter):
            since = now
        self._standing[task] = since, id(task._fut_waiter)
        return now - since >= _STANDS_S

    def _finding(
        self, members: Sequence[Any], described: Sequence[waits.Wait | None], outcome: str
    ) -> Finding:
        known = [wait for wait in described if wait is not None]
        first = known[0] if known else None
        is_ended = outcome.startswith(CircularAwaitError.__name__) or outcome == "it was refused"
        return Finding(
            kind=self.kind,
            severity=Severity.ERROR if is_ended else Severity.WARNING,
            message=f"{_sentence(members, known)}; {outcome}",
            hint=HINT_SELF if len(members) == 1 else HINT,
            time=time.time(),
            task=members[0].get_name(),
            where=None if first is None else first.place,
            stack=() if first is None else first.stack,
            related=tuple(
                Related("awaits", wait.place)
                for wait in known[1:_MOST_SHOWN]
                if wait.place is not None
            ),
            details={"tasks": len(members)},
        )


def _can_be_cancelled(described: Sequence[waits.Wait | None]) -> bool:
    """Whether cancelling a member would end the circle.

    Tasks and gathers pass a cancellation on to what they wait for: it would run round and round.
    """
    return any(wait is not None and wait.kind not in ("task", "gather") for wait in described)


def _turned(tasks: Sequence[Any]) -> tuple[list[Any], list[waits.Wait | None]]:
    """A circle so that it begins with the member that had best be interrupted, and its waits.

    Of a large circle only a part is looked at and described. Empty if it has changed meanwhile.
    """
    considered = [waits.describe(task) for task in tasks[:_MOST_CONSIDERED]]
    if None in considered:
        return [], []
    main = running.main_future()

    def unfitness(index: int) -> tuple[Any, ...]:
        wait = considered[index]
        assert wait is not None
        rank = _BEST_ENDS.index(wait.kind) if wait.kind in _BEST_ENDS else len(_BEST_ENDS)
        # The place at last: of many circles alike, all are to be one finding.
        return not places.is_user(wait.place), tasks[index] is main, rank, wait.place or ()

    first = min(range(len(considered)), key=unfitness)
    turned = [*tasks[first:], *tasks[:first]]
    return turned, [waits.describe(task) for task in turned[:_MOST_CONSIDERED]]


def _sentence(members: Sequence[Any], described: Sequence[waits.Wait]) -> str:
    first = waits.title(members[0])
    if len(members) == 1:
        what = f", in {_short(described[0])}" if described and described[0].kind != "task" else ""
        return f"{first} waits for itself{what}"
    if len(members) == 2:
        return f"{first} and {waits.title(members[1])} wait for each other"
    names = [task.get_name() for task in members[:_MOST_SHOWN]]
    more = f" -> {len(members) - _MOST_SHOWN} more" if len(members) > _MOST_SHOWN else ""
    return (
        f"{len(members)} tasks wait for each other in a circle: "
        f"{' -> '.join(names)}{more} -> {names[0]}"
    )


def _short(wait: waits.Wait) -> str:
    return {"TaskGroup": "the end of its TaskGroup", "wait": "asyncio.wait"}.get(
        wait.kind, f"a {wait.kind}"
    )


def _raised(task: Any) -> str:
    return f"{CircularAwaitError.__name__} was raised in {task.get_name()}"


def _error(members: Sequence[Any], described: Sequence[waits.Wait | None]) -> CircularAwaitError:
    lines = [f"\n  {wait}" for wait in described[:_MOST_SHOWN]]
    if len(members) > len(lines):
        lines.append(f"\n  and {len(members) - len(lines)} more")
    return CircularAwaitError(f"tasks wait for each other, and none can go on:{''.join(lines)}")
