"""Search: the circles among a loop's pending tasks, found now, under a time limit.

Law: builds the wait-for graph on demand and lets go of all of it with the answer. What was not
looked at counts as able to go on, so a search that was cut short finds less, never wrongly.
"""

from __future__ import annotations

import asyncio
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics.waits import circles, holders, wakers
from trueloop.diagnostics.waits.circles import Need

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# The clock is read after so many tasks.
_LOOKS_AT_ONCE = 64
_EXPLORING = 0.6  # of the time; the rest is for thinking about what was seen


class Circle(NamedTuple):
    """Tasks that wait for each other: each for the next, the last for the first.

    Attributes:
        tasks: the members, at least one.
        is_final: whether nothing but a cancellation can end it; else a task outside, for which one
            of the members waits as well, could by failing.
        is_alone: whether the members wait for nothing else that is still going on.
    """

    tasks: tuple[Any, ...]
    is_final: bool
    is_alone: bool


class Answer(NamedTuple):
    """What a search found: the circles, and where the next one is to begin (0: it saw all)."""

    circles: list[Circle]
    next_start: int


def find_circles(
    pending: Sequence[Any],
    start: int = 0,
    limit_s: float = math.inf,
    proof_limit_s: float = math.inf,
) -> Answer:
    """Look for circles among pending tasks of one loop, and all that they wait for.

    Circles in which nobody waits for a task, but only for locks, are left out.

    Args:
        pending: the tasks.
        start: index of the task with which to begin; the others follow, those before it at last.
            Beyond the end it counts from the beginning again: there may be fewer tasks by now.
        limit_s: seconds of wall time for the search.
        proof_limit_s: seconds of wall time, besides, to prove who holds the locks of what is a
            circle if the tasks in it hold them. If they do not suffice, the holders are not known.
    """
    began = time.perf_counter()
    graph = _Graph(pending)
    next_start = graph.explore(start, began + limit_s * _EXPLORING)
    if not graph.may_have_circles():
        return Answer([], next_start)
    graph.add_holders(began + limit_s, proof_limit_s)
    found = graph.circles(is_final=True)
    if not found and graph.fail_early:
        found = graph.circles(is_final=False)
    return Answer(found, next_start)


class _Graph:
    """Who waits for whom, by id(); the objects are held for as long as this exists."""

    def __init__(self, pending: Sequence[Any]) -> None:
        self._pending = pending
        self._seen: dict[int, Any] = {}  # futures looked at, those that wait for nobody too
        self._needs: dict[int, Need] = {}
        self._locks: dict[int, Any] = {}  # by the id of the task that waits for it
        self._hopeless: set[int] = set()  # who never goes on, if no lock is ever released
        self.fail_early: set[int] = set()

    def explore(self, start: int, deadline: float) -> int:
        """Look at the tasks from `start` on, round to it again, and at what they wait for.

        Where to go on, or 0 if all were looked at: now, and not some of them in an earlier look.
        """
        total = len(self._pending)
        count = 0
        for index in range(start, start + total):
            line = [self._pending[index % total]]
            while line:
                future = line.pop()
                if id(future) in self._seen:
                    continue
                self._seen[id(future)] = future
                line += self._look(future)
                count += 1
                if count % _LOOKS_AT_ONCE == 0 and time.perf_counter() > deadline:
                    return index % total + 1
        return 0

    def _look(self, future: Any) -> tuple[Any, ...]:
        if isinstance(future, asyncio.Task):
            found = wakers.of_task(future)
            if found is None:
                return ()
        else:
            found = wakers.of_future(future)
        if found.lock is not None:
            self._locks[id(future)] = found.lock
        elif found.futures:
            self._needs[id(future)] = Need(found.all_of, tuple(id(each) for each in found.futures))
            if found.fails_early and len(found.futures) > 1:
                self.fail_early.add(id(future))
        return found.futures

    def may_have_circles(self) -> bool:
        """Whether there is any circle of tasks, or would be one if the right task held a lock."""
        if not self._needs:
            return False
        for_ever = {waiter: Need(True, (waiter,)) for waiter in self._locks}
        self._hopeless = circles.stuck({**self._needs, **for_ever})
        return not self._hopeless <= self._locks.keys()

    def add_holders(self, deadline: float, proof_limit_s: float) -> None:
        """Let those that wait for a lock wait for the task that holds it, where it is known.

        All tasks have to be asked for that. It is done only if there is a circle, should those
        that it takes be the holders.
        """
        if not self._locks:
            return
        hopeless = [self._seen[name] for name in self._hopeless]
        tasks = [each for each in hopeless if isinstance(each, asyncio.Task)]
        suspected = self._with_holders(holders.of_locks(tasks, deadline))
        if not suspected or circles.stuck({**self._needs, **suspected}) <= self._locks.keys():
            return
        known = holders.of_locks(self._pending, time.perf_counter() + proof_limit_s)
        self._needs.update(self._with_holders(known))

    def _with_holders(self, known: Mapping[int, Any] | None) -> dict[int, Need]:
        """What those wait for whose lock has a known holder, which was looked at."""
        found = {}
        for waiter, lock in self._locks.items():
            holder = id(known.get(id(lock))) if known else 0
            if holder in self._seen:
                found[waiter] = Need(True, (holder,))
        return found

    def circles(self, *, is_final: bool) -> list[Circle]:
        """The circles in which at least one member waits for a task.

        `is_final`: only those that no failure can end; else those that nothing but one can.
        """
        needs = self._needs
        if is_final:
            needs = {
                name: Need(False, need.others) if name in self.fail_early else need
                for name, need in needs.items()
            }
        held = circles.stuck(needs)
        found = []
        for names in circles.circles(needs, held) if held else ():
            members = [self._seen[name] for name in names]
            tasks = tuple(each for each in members if isinstance(each, asyncio.Task))
            if any(id(task) not in self._locks for task in tasks):
                is_alone = all(held.issuperset(needs[name].others) for name in names)
                found.append(Circle(tasks, is_final, is_alone))
        return found
