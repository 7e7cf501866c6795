"""Live tasks: makes asyncio.all_tasks() see the kernel's tasks.

Law: knows where asyncio keeps its set of tasks, on each Python version, and nothing else.

asyncio keeps a WeakSet, to which every task would have to be added and from which it would have to
be removed: half the price of a native task. The kernel has its own list of live tasks anyway, so
the WeakSet is given a class whose iteration goes on into that list.

Up to 3.13 asyncio.all_tasks() iterates a WeakSet of the module asyncio.tasks. From 3.14 on that one
is the pure-Python fallback's, and the C module keeps a WeakSet of its own for the tasks that it did
not make. No name leads there, but the garbage collector knows what a module owns. Should that
change, the kernel registers each task after all (docs/internals/cpython-versions.md).
"""

from __future__ import annotations

import gc
import weakref
from asyncio import tasks
from collections.abc import Iterator
from typing import Any

from trueloop.kernel.hooks import live_tasks
from trueloop.kernel.task import register_with_asyncio

__all__ = ["show_to_asyncio"]


class TaskSet(weakref.WeakSet[Any]):
    """asyncio's tasks, and then ours."""

    def __iter__(self) -> Iterator[Any]:
        yield from super().__iter__()
        yield from live_tasks()


class _Mark:
    """Stands for a task, to see where asyncio puts one."""


def show_to_asyncio() -> None:
    """From now on asyncio.all_tasks() includes the kernel's tasks."""
    registered = _where_asyncio_registers()
    if registered is None:
        register_with_asyncio()
    else:
        registered.__class__ = TaskSet


def _where_asyncio_registers() -> weakref.WeakSet[Any] | None:
    """The set that _register_task() adds to; None if it is not to be found."""
    mark: Any = _Mark()
    tasks._register_task(mark)
    try:
        for found in _candidates():
            if isinstance(found, weakref.WeakSet) and mark in found:
                return found
    finally:
        tasks._unregister_task(mark)
    return None


def _candidates() -> Iterator[Any]:
    yield getattr(tasks, "_all_tasks", None)  # 3.11
    yield getattr(tasks, "_scheduled_tasks", None)  # 3.12, 3.13; the fallback's ever since
    yield from gc.get_referents(getattr(tasks, "_asyncio", None))
