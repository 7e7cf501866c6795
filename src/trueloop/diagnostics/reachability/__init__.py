"""Reachability: which waiting tasks nothing alive can wake.

Law: a pure question about this moment. It remembers nothing, keeps nothing alive, calls nothing of
the program, and answers within a budget of objects and time; what it cannot look into counts as
alive, so that it may miss a task and never accuses one. How: docs/decisions/0024.

Without the native part, or without a GIL (there the counts of references are spread over the
threads), nothing is ever stranded: `is_available` is False.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop import runtime

if TYPE_CHECKING:
    from trueloop.observable import Loop, Task

if runtime.is_native:
    from trueloop.diagnostics.reachability import _native

__all__ = ["MOST_OBJECTS", "MOST_S", "Verdict", "is_available", "known_to_timers", "stranded"]

is_available = runtime.is_native and "t" not in getattr(sys, "abiflags", "")

# What one look may cost, however large the heap is.
MOST_OBJECTS = 50_000
MOST_S = 0.003

# Who refers to a pending task without being able to do anything with it: the list that is handed
# in, and the loop's own (not in debug mode, where it holds tasks weakly).
_BY_LIST = 1
_BY_LOOP = 1


class Verdict(NamedTuple):
    """What one look has found.

    Attributes:
        stranded: (task, certain) of each task that nothing alive can wake. Certain: nothing alive
            could even cancel it, but by way of the list of all tasks.
        taken: how many tasks of the list were looked at, from the one begun with on.
        examined: tasks judged: those of them that wait, and others that were met.
        objects: objects looked at.
    """

    stranded: list[tuple[Task, bool]]
    taken: int
    examined: int
    objects: int


def stranded(
    loop: Loop,
    tasks: list[Any],
    first: int = 0,
    alive: list[Any] | None = None,
    *,
    most_objects: int = MOST_OBJECTS,
    most_s: float = MOST_S,
) -> Verdict | None:
    """The stranded ones of `tasks`, which are all pending tasks of `loop`; None: it is not known.

    To be asked on the loop's thread, between two steps.

    Args:
        loop: the loop.
        tasks: all its pending tasks. The caller may hold no other references to them.
        first: the place in `tasks` to begin at.
        alive: tasks known to be alive.
        most_objects: how many objects to look at.
        most_s: for how long, in seconds of processor time; judging may take as long again.
    """
    if not is_available:
        return None
    held = _BY_LIST + (0 if getattr(loop, "get_debug", bool)() else _BY_LOOP)
    answer = _native.stranded(
        tasks, first, alive or [], runtime.Task, loop, most_objects, most_s, held
    )
    if answer[0] is None:
        return None
    return Verdict(*answer)


def known_to_timers(
    timers: list[Any],
    loop: Loop,
    tasks: list[Any],
    *,
    most_objects: int = MOST_OBJECTS,
    most_s: float = MOST_S,
) -> list[Any] | None:
    """Those of `tasks` that one of the timers knows, as a timeout does that will cancel it.

    A timer that only finishes a future is not counted as knowing who waits for it. None if there
    are too many objects behind the timers to tell.
    """
    if not is_available:
        return None
    return _native.known_to(timers, tasks, runtime.Task, loop, most_objects, most_s)
