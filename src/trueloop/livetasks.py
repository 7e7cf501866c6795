"""Live tasks: makes asyncio.all_tasks() see the kernel's tasks.

Law: knows where asyncio keeps its set of tasks, on each Python version, and nothing else.

asyncio keeps a WeakSet, to which every task would have to be added and from which it would have to
be removed: half the price of a native task. The kernel has its own list of live tasks anyway, so
the WeakSet is given a class whose iteration goes on into that list. Up to 3.13 asyncio.all_tasks()
iterates exactly this set; from 3.14 on it lies hidden in C (docs/internals/cpython-versions.md).
"""

from __future__ import annotations

import weakref
from asyncio import tasks
from collections.abc import Iterator
from typing import Any

from trueloop.kernel.hooks import live_tasks

__all__ = ["show_to_asyncio"]


class TaskSet(weakref.WeakSet[Any]):
    """asyncio's tasks, and then ours."""

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield from live_tasks()


def show_to_asyncio() -> None:
    """From now on asyncio.all_tasks() includes the kernel's tasks."""
    known = getattr(tasks, "_scheduled_tasks", None)  # 3.12 and later
    if known is None:
        known = tasks._all_tasks  # 3.11
    known.__class__ = TaskSet
