"""Creators: asyncio's own ways of creating a task on somebody's behalf.

Law: names code of asyncio's whose frames are never the place where a task was created; the line to
show is the one that called them.
"""

from __future__ import annotations

import asyncio
from asyncio import base_events, taskgroups, tasks
from collections.abc import Callable, Iterator
from types import CodeType
from typing import Any

_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    asyncio.create_task,
    asyncio.ensure_future,
    asyncio.gather,
    asyncio.run,
    asyncio.run_coroutine_threadsafe,
    asyncio.shield,
    asyncio.wait_for,
    asyncio.as_completed,
    asyncio.Runner.run,
    base_events.BaseEventLoop.create_task,
    base_events.BaseEventLoop.run_until_complete,
    taskgroups.TaskGroup.create_task,
    getattr(tasks, "_ensure_future", asyncio.ensure_future),
    getattr(tasks, "_AsCompletedIterator", asyncio.TaskGroup).__init__,  # 3.13 and later
)


def codes(*more: Callable[..., Any]) -> Iterator[CodeType]:
    """Code of all these functions, of the functions inside them, and of `more` functions."""
    for function in (*_FUNCTIONS, *more):
        yield function.__code__
        for inner in function.__code__.co_consts:  # comprehensions and local functions
            if isinstance(inner, CodeType):
                yield inner
