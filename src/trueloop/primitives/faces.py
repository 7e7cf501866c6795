"""The classes that a program sees: Python's, on top of the native ones.

Law: adds nothing but what a native class cannot have: methods may be replaced, and messages call
the class by its name. The native methods notice a method that was overridden or replaced.
"""

import asyncio
from asyncio import locks as asyncios_locks
from typing import Any

from trueloop.primitives import conditions, locks, queues, taskgroups
from trueloop.primitives.attributes import bind_methods


class Lock(locks.Lock):
    """asyncio.Lock, native."""

    def __init__(self) -> None:
        pass


class Event(locks.Event):
    """asyncio.Event, native."""

    def __init__(self) -> None:
        pass


class Semaphore(locks.Semaphore):
    """asyncio.Semaphore, native."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)


class BoundedSemaphore(locks.BoundedSemaphore, Semaphore):
    """asyncio.BoundedSemaphore, native."""

    def __init__(self, value: int = 1) -> None:
        super().__init__(value)


class Condition(conditions.Condition):
    """asyncio.Condition, native."""

    def __init__(self, lock: locks.Lock | None = None) -> None:
        super().__init__(Lock() if lock is None else lock)


class Barrier(asyncios_locks.Barrier):
    """asyncio.Barrier, on a native Condition."""

    def __init__(self, parties: int) -> None:
        super().__init__(parties)
        self._cond = Condition()


class Queue(queues.Queue[Any]):
    """asyncio.Queue, native."""

    def __init__(self, maxsize: int = 0) -> None:
        super().__init__(maxsize)


class PriorityQueue(queues.PriorityQueue[Any], Queue):
    """asyncio.PriorityQueue, native."""


class LifoQueue(queues.LifoQueue[Any], Queue):
    """asyncio.LifoQueue, native."""


class TaskGroup(taskgroups.TaskGroup):
    """asyncio.TaskGroup, native."""

    def __init__(self) -> None:
        pass


# What asyncio's own methods do well enough, as far as this Python has it.
for _name in ("__repr__", "_aexit", "cancel"):
    if _name in vars(asyncio.TaskGroup):
        setattr(TaskGroup, _name, vars(asyncio.TaskGroup)[_name])

Barrier.__module__ = "trueloop"
for _face in (
    BoundedSemaphore,
    Condition,
    Event,
    LifoQueue,
    Lock,
    PriorityQueue,
    Queue,
    Semaphore,
    TaskGroup,
):
    _face.__module__ = "trueloop"
    bind_methods(_face)
