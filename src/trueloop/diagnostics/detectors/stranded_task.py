"""stranded-task: a pending task waits for something that nothing alive can reach or complete.

Law: asks reachability at idle moments, within one percent of the loop's time, and decides when what
it hears is certain. docs/findings/stranded-task.md says what it means to a developer.

A task that nothing can wake may still be one that somebody means to cancel. So a finding is told

* soon, if nothing alive even holds the task, unless it looks parked (parking.py);
* after ten seconds, if somebody holds it but it waits for somebody's action;
* when main returns with the task pending and not cancelled, if it was found long before that;
* never, of `await asyncio.Future()` and its like, which say "until I am cancelled".

Silent while the whole program is stuck: that is a deadlock. Silent about tasks that a timer knows
(a timeout will cancel them), and those that only wait for another stranded one.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import parking, places, reachability
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.parking import Parking, Wait
from trueloop.diagnostics.reachability import awaiters
from trueloop.diagnostics.waits import chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.observable import Loop

HINT = (
    "Complete or cancel what a task waits for before you drop the last reference to it, "
    "or cancel the task; a timeout around the wait bounds the damage."
)
_SHORTEST_INTERVAL_S = 0.25
# A look may take this part of the time between two looks.
_SHARE = 0.006
_CERTAIN_AFTER_S = 0.2
_PATIENCE_S = 10.0
# What came to nothing just before main returned is no more than abandoned.
_AT_THE_END_AFTER_S = 0.5
_MOST_AT_ONCE = 300


class _Suspect:
    """What is remembered of a task that was found stranded. It keeps nothing alive."""

    __slots__ = ("awaited", "is_inner", "name", "since", "told", "wait")

    def __init__(self, task: Any, now: float) -> None:
        self.awaited = id(task._fut_waiter)
        self.name = task.get_name()
        self.since = now
        self.told = False
        self.is_inner = True  # it does not only wait for another stranded task
        self.wait = parking.of_task(task)

    def is_of(self, task: Any) -> bool:
        """Whether the task still is in the same wait (its address may be another task's now)."""
        return self.awaited == id(task._fut_waiter) and self.name == str(task.get_name())


class StrandedTask:
    """Looks for stranded tasks of one loop."""

    kind = "stranded-task"
    needs: tuple[str, ...] = ("idle", "abandoned")

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._due = 0.0
        self._next = 0
        self._suspects: dict[int, _Suspect] = {}
        self._met: set[int] = set()  # suspects found again since the round over all tasks began

    # -- hooks

    def idle(self, loop: Loop, wait_s: float) -> float:
        """Hook: the loop is about to wait. Answers when to look again though nothing happened."""
        if not reachability.is_available:
            return math.inf
        now = time.monotonic()
        if now < self._due:
            return self._due - now
        began_s = time.thread_time()
        self._look(loop, wait_s, now)
        took_s = time.thread_time() - began_s
        interval_s = max(_SHORTEST_INTERVAL_S, took_s / _SHARE)
        self._due = now + interval_s
        is_round_over = self._next == 0
        if is_round_over and not any(self._is_open(one) for one in self._suspects.values()):
            return math.inf
        return interval_s

    def abandoned(self, task: Any) -> None:
        """Hook: main is over, and `task` is about to be cancelled.

        Tasks that it waits for will be cancelled by way of it: the first call speaks for all.
        """
        loop = task.get_loop()
        now = time.monotonic()
        suspects, self._suspects = self._suspects, {}
        if not suspects or loop.main_outcome != "returned":
            return
        for each in _pending(loop):
            suspect = suspects.get(id(each))
            if suspect is None or suspect.told or not suspect.is_inner or not suspect.is_of(each):
                continue
            is_asked_to_end = each.cancelling() > (each is task)
            if now - suspect.since < _AT_THE_END_AFTER_S or is_asked_to_end:
                continue
            if suspect.wait.parking < Parking.YES:
                self._tell(each, suspect, "was still pending when main returned", [])

    # -- looking

    def _look(self, loop: Loop, wait_s: float, now: float) -> None:
        tasks = _pending(loop)
        first = self._next if self._next < len(tasks) else 0
        verdict = reachability.stranded(loop, tasks, first)
        if verdict is None:
            return
        taken, count = verdict.taken, len(verdict.stranded)
        found = (
            [] if wait_s == math.inf and count == len(tasks) else self._some(verdict)
        )  # deadlock
        del verdict  # no references of ours to those that may be judged again
        if not all(is_certain for _, is_certain in found):
            timed = _timed(loop, [task for task, _ in found])
            if timed is None:
                found = [one for one in found if one[1]]  # no timer holds one that is certain
            elif timed:
                del found
                verdict = reachability.stranded(loop, tasks, first, timed)
                found = [] if verdict is None else self._some(verdict)
        self._consider(found, now)
        self._next = first + taken
        if self._next >= len(tasks):
            self._next = 0
            self._suspects = {key: self._suspects[key] for key in self._met}
            self._met.clear()

    def _some(self, verdict: reachability.Verdict) -> list[tuple[Any, bool]]:
        """As many as can be thought about in one look, first those that nothing was told of."""
        news: list[tuple[Any, bool]] = []
        known: list[tuple[Any, bool]] = []
        for one in verdict.stranded:
            suspect = self._suspects.get(id(one[0]))
            is_told = suspect is not None and suspect.told and suspect.is_of(one[0])
            (known if is_told else news).append(one)
            if is_told:
                self._met.add(id(one[0]))
        return news[:_MOST_AT_ONCE] + known[:_MOST_AT_ONCE]

    def _consider(self, found: list[tuple[Any, bool]], now: float) -> None:
        ripe: list[tuple[Any, _Suspect]] = []
        is_news = False
        for task, is_certain in found:
            suspect = self._suspects.get(id(task))
            if suspect is None or not suspect.is_of(task):
                suspect = self._suspects[id(task)] = _Suspect(task, now)
                is_news = True
            self._met.add(id(task))
            if not suspect.told and now - suspect.since >= _patience_s(suspect.wait, is_certain):
                ripe.append((task, suspect))
        if not ripe and not is_news:
            return
        waiting = _waiting_for_others([task for task, _ in found])
        for task, _ in found:
            self._suspects[id(task)].is_inner = id(task) not in waiting
        for task, suspect in ripe:
            if suspect.is_inner:
                suspect.told = True
                after_s = now - suspect.since
                text = f"has been waiting for at least {after_s:.1f} s"
                others = [each for each, _ in found if task in waiting.get(id(each), ())]
                self._tell(task, suspect, text, others, after_s)

    @staticmethod
    def _is_open(suspect: _Suspect) -> bool:
        return not suspect.told and suspect.is_inner and suspect.wait.parking <= Parking.HARDLY

    def _tell(
        self,
        task: Any,
        suspect: _Suspect,
        text: str,
        others: list[Any],
        after_s: float | None = None,
    ) -> None:
        coroutine = task.get_coro()
        stack = chain.stack(task)
        where = places.foremost(stack)
        if not places.is_user(where):
            return
        related = [
            Related("awaits", place)
            for other in others
            for place in [places.foremost(chain.stack(other))]
            if place is not None
        ]
        created = places.of_tuple(task.created_at)
        if created is not None:
            related.append(Related("created", created))
        named = f"task {suspect.name} ({getattr(coroutine, '__qualname__', '?')})"
        is_likely = suspect.wait.parking <= Parking.HARDLY
        self._record(
            Finding(
                kind=self.kind,
                severity=Severity.ERROR if is_likely else Severity.WARNING,
                message=(
                    f"{named} waits for {suspect.wait.words} that nothing alive can reach any "
                    f"more, so it will never go on; it {text}"
                ),
                hint=HINT,
                time=time.time(),
                task=suspect.name,
                where=where,
                stack=stack,
                related=tuple(related),
                details={} if after_s is None else {"waited_s": round(after_s, 3)},
            )
        )


def _patience_s(wait: Wait, is_certain: bool) -> float:
    """How long a task must have been found stranded before that is told; inf: until the end."""
    if is_certain and wait.parking <= Parking.HARDLY:
        return _CERTAIN_AFTER_S
    return _PATIENCE_S if wait.parking is Parking.NO else math.inf


def _pending(loop: Any) -> list[Any]:
    """All pending tasks, and no other reference to them: the list is fresh."""
    return list(asyncio.all_tasks(loop)) if loop.get_debug() else loop.hooks.tasks()


def _timed(loop: Any, tasks: list[Any]) -> list[Any] | None:
    """Those of `tasks` that a timer or queued callback may cancel, or whoever waits for them."""
    around = {id(task): [task, *awaiters.around(task)] for task in tasks}
    subjects = [each for group in around.values() for each in group]
    known = reachability.known_to_timers([*loop._scheduled, *loop._ready], loop, subjects)
    if known is None:
        return None
    ids = {id(each) for each in known}
    return [task for task in tasks if any(id(each) in ids for each in around[id(task)])]


def _waiting_for_others(stranded: list[Any]) -> dict[int, list[Any]]:
    """{id of a stranded task that waits for others of them: those others}"""
    waiting: dict[int, list[Any]] = {}
    members = {id(task) for task in stranded}
    for task in stranded:
        for other in awaiters.around(task):
            if id(other) in members:
                waiting.setdefault(id(other), []).append(task)
    return waiting
