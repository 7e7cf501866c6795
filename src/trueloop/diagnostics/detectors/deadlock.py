"""deadlock: nothing can ever wake the program again.

Law: claims it only if every way to be woken is excluded, one by one, while the loop is about to
sleep for ever: no timer, no descriptor, no other thread or child process, no signal handler (Ctrl-C
alone does not count), no task that could run; and after the garbage collector has run, because a
finaliser may be the one who wakes somebody. DeadlockError is then raised in the main task.
docs/findings/deadlock.md says what it means to a developer.

A standstill of the main task on its way out, in a `finally` after the first one, is ended as well,
but it is no further finding.

The claim takes three looks, between which the loop polls: what another thread left in the loop's
inbox before it ended comes to light there. While asyncio.run is cancelling what main has left
behind, a task that does not end is stuck-shutdown's.
"""

from __future__ import annotations

import asyncio
import gc
import math
import time
import weakref
from typing import TYPE_CHECKING, Any

from trueloop import runtime
from trueloop.diagnostics import places, running, standstill, waits
from trueloop.diagnostics.detectors.circular_await import CircularAwait
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.errors import DeadlockError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

HINT = (
    "Find who should have ended this wait: a put() or set() never reached, a lock or semaphore "
    "never released, an item without task_done(), a cancelled waiter that kept its place."
)

_LOOKS = 3
_BETWEEN_LOOKS_S = 0.03
_LONGEST_PAUSE_S = 2.0
_MOST_SHOWN = 20
_MOST_CONSIDERED = 1000


class Deadlock:
    """Reports that the program of one loop has come to a standstill, and ends it."""

    kind = "deadlock"
    needs: tuple[str, ...] = ("idle",)

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._looks = 0
        self._pause_s = 0.0
        self._next_look = 0.0
        self._switches: dict[int, int] = {}
        self._told: weakref.WeakSet[Any] = weakref.WeakSet()

    # -- hooks

    def idle(self, loop: Any, wait_s: float) -> float:
        """Hook: the loop has nothing to do for `wait_s` seconds."""
        now = time.monotonic()
        if now < self._next_look:
            return self._next_look - now
        again_s = self._might_go_on(loop, wait_s)
        if again_s is not None:
            self._looks = 0
            if again_s == math.inf:
                return math.inf
            # A thread that has not ended yet is likely to be there for long.
            self._pause_s = min(max(again_s, self._pause_s * 2), _LONGEST_PAUSE_S)
            self._next_look = now + self._pause_s
            return self._pause_s
        self._pause_s = 0.0
        self._looks += 1
        if self._looks == _LOOKS - 1 and gc.isenabled():
            gc.collect()
        if self._looks < _LOOKS:
            return _BETWEEN_LOOKS_S
        self._looks = 0
        self._claim(loop)
        return math.inf

    # -- judging

    def _might_go_on(self, loop: Any, wait_s: float) -> float | None:
        """None if nothing can wake the loop; else when to look again, in seconds."""
        if wait_s < math.inf or running.is_shutting_down():
            return math.inf
        again_s = standstill.might_wake(loop, self._switches)
        if again_s is None and not loop.hooks.tasks() and running.main_future() is None:
            return math.inf  # nobody waits
        return again_s

    def _claim(self, loop: Any) -> None:
        pending = list(asyncio.all_tasks(loop))
        found, _ = waits.find_circles(pending)
        if found:
            CircularAwait(self._record).end(loop, found)
            return
        if not pending or any(not waits.is_suspended(task) for task in pending):
            return
        main = running.main_future()
        first = _root(main, pending)
        victim = _to_interrupt(main)
        others = [task for task in pending if task is not first]
        described = [waits.describe(task) for task in (first, *others[: _MOST_SHOWN - 1])]
        all_waits = [wait for wait in described if wait is not None]
        is_ended = False
        is_unwinding = isinstance(victim, asyncio.Task) and waits.is_handling(victim, DeadlockError)
        if victim is not None:
            error = DeadlockError(_message(all_waits, len(pending)))
            if isinstance(victim, asyncio.Task):
                is_ended = runtime.interrupt(victim, error)
            else:
                victim.set_exception(error)
                is_ended = True
        if is_unwinding or (first in self._told and not is_ended):
            return
        self._told.add(first)
        ended = victim if is_ended else None
        self._record(self._finding(first, all_waits, len(pending), ended))

    def _finding(
        self, first: Any, all_waits: Sequence[waits.Wait], count: int, ended: Any
    ) -> Finding:
        wait = all_waits[0]
        others = count - 1
        beside = f" ({others} more task{'s are' if others > 1 else ' is'} stuck)" if others else ""
        if ended is None:
            outcome = "nothing can end that but a signal"
        else:
            name = ended.get_name() if isinstance(ended, asyncio.Task) else "what the loop runs"
            outcome = f"{DeadlockError.__name__} was raised in {name}"
        return Finding(
            kind=self.kind,
            severity=Severity.ERROR,
            message=(
                f"task {wait.task} ({wait.coroutine}) waits for {wait.what}, and nothing is left "
                f"that could wake it: no task that can run, no timer, no I/O, no other thread or "
                f"process{beside}; {outcome}"
            ),
            hint=HINT,
            time=time.time(),
            task=first.get_name(),
            where=wait.place,
            stack=wait.stack,
            related=tuple(
                Related("awaits", other.place) for other in all_waits[1:] if other.place is not None
            ),
            details={"tasks": count},
        )


def _root(main: Any, pending: Sequence[Any]) -> Any:
    """The task whose wait explains the standstill: what main waits for in the end.

    A task that waits for other tasks explains nothing; those others are asked. Of several, the
    first whose await is in the developer's own code.
    """
    candidates = []
    seen: set[int] = set()
    line = [main] if main is not None else []
    while line and len(seen) < _MOST_CONSIDERED:
        future = line.pop(0)
        if id(future) in seen:
            continue
        seen.add(id(future))
        following = waits.futures_awaited(future)
        line += following
        if not following and isinstance(future, asyncio.Task):
            candidates.append(future)
    candidates += [main] if isinstance(main, asyncio.Task) else []
    candidates += pending[:_MOST_CONSIDERED]
    for task in candidates:
        wait = waits.describe(task)
        if wait is not None and places.is_user(wait.place):
            return task
    return candidates[0]


def _to_interrupt(main: Any) -> Any:
    """The main task; a child of what else run_until_complete was given, or just that future."""
    if main is None or main.done() or isinstance(main, asyncio.Task):
        return None if main is None or main.done() else main
    children = waits.futures_awaited(main)
    return next((child for child in children if isinstance(child, asyncio.Task)), main)


def _message(shown: Sequence[waits.Wait], count: int) -> str:
    lines = [f"\n  {wait}" for wait in shown]
    if count > len(shown):
        lines.append(f"\n  and {count - len(shown)} more")
    return f"nothing can ever wake this program again:{''.join(lines)}"
