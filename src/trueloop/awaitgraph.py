"""The await graph, derived: who awaits a future, read from what is queued on it.

Law: reads callbacks and retains nothing; an answer costs time only when somebody asks.

asyncio 3.14 keeps such edges in sets, for tasks and futures of its C module only, and has leaked
them more than once (gh-129195 and those after it). Here every edge follows from a done-callback:
a waiting task is one; and gather(), wait(), shield(), as_completed() and TaskGroup hang a callback
of their own on the future, in which the future or the task that they finish is found by name.
"""

from __future__ import annotations

import asyncio
import functools
from asyncio import tasks
from collections import deque
from collections.abc import Iterator
from types import CellType, FunctionType
from typing import Any

__all__ = ["awaited_by"]

# Variables of asyncio's own callbacks (closures in tasks.py) that hold what they will finish.
_FINISHED_BY_CALLBACKS = ("outer", "waiter", "done")


def awaited_by(future: asyncio.Future[Any]) -> frozenset[asyncio.Task[Any]] | None:
    """The tasks that `future` keeps waiting, directly or through asyncio's own; None if none."""
    found: set[asyncio.Task[Any]] = set()
    seen = {id(future)}
    pending = [future]
    while pending:
        for following in _waiting_for(pending.pop()):
            if isinstance(following, asyncio.Task):
                found.add(following)
            elif id(following) not in seen:
                seen.add(id(following))
                pending.append(following)
    return frozenset(found) or None


def _waiting_for(future: asyncio.Future[Any]) -> Iterator[asyncio.Future[Any]]:
    """What cannot go on before `future` is done: tasks, and futures in between."""
    for callback, _ in getattr(future, "_callbacks", None) or ():
        yield from _finished_by(callback)


def _finished_by(callback: Any) -> Iterator[asyncio.Future[Any]]:
    """The tasks and futures that a done-callback resumes or finishes, if asyncio made it."""
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, asyncio.Task):
        yield owner  # its wake-up
    elif hasattr(callback, "finishes"):  # a native one
        yield from _futures_in(callback.finishes)
    elif isinstance(owner, asyncio.TaskGroup) or hasattr(owner, "_on_completed_fut"):
        yield from _futures_in(getattr(owner, "_parent_task", None))
    elif type(owner).__module__ == tasks.__name__:  # as_completed, 3.13 and later
        yield from _futures_in(getattr(owner, "_done", None))
    elif isinstance(callback, functools.partial):
        if callback.func is getattr(tasks, "_release_waiter", None):  # wait_for, up to 3.11
            yield from _futures_in(callback.args[0])
    elif isinstance(callback, FunctionType) and callback.__module__ == tasks.__name__:
        names = callback.__code__.co_freevars
        for name, cell in zip(names, callback.__closure__ or (), strict=True):
            if name in _FINISHED_BY_CALLBACKS and cell != CellType():  # an empty one
                yield from _futures_in(cell.cell_contents)


def _futures_in(holder: Any) -> Iterator[asyncio.Future[Any]]:
    """A future itself; those of a queue's readers, or of a line."""
    if asyncio.isfuture(holder):
        yield holder
    elif isinstance(holder, asyncio.Queue):
        yield from getattr(holder, "_getters", ())
    elif isinstance(holder, deque):
        yield from holder
