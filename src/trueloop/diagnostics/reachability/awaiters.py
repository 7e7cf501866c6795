"""Awaiters: who waits for a task, however indirectly.

Law: follows done-callbacks through whatever plumbing they belong to (gather, wait, shield, a task
group, a library's own), and stops at the tasks. Reads attributes of asyncio's futures only; of any
other object it sees what the garbage collector sees.
"""

from __future__ import annotations

import asyncio
import contextvars
import functools
import gc
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any

from trueloop.diagnostics import plumbing

# In a list or set there are siblings: the other tasks of a gather, a group, a wait.
_PASSED_OVER = (
    list,
    set,
    frozenset,
    tuple,
    type,
    ModuleType,
    CodeType,
    FrameType,
    contextvars.Context,
    asyncio.AbstractEventLoop,
    # A connection is told of its handler's end, but nobody waits for that.
    asyncio.BaseTransport,
    asyncio.BaseProtocol,
    str,
    int,
    bytes,
)
_MOST_OBJECTS = 300


def around(task: Any) -> list[Any]:
    """The tasks that wait for `task`, and the futures by way of which they do."""
    found: list[Any] = []
    todo = plumbing.callbacks(task)
    seen = {id(task)}
    while todo and len(seen) < _MOST_OBJECTS:
        each = todo.pop()
        if id(each) in seen or isinstance(each, _PASSED_OVER):
            continue
        seen.add(id(each))
        if asyncio.isfuture(each):
            found.append(each)
            if not isinstance(each, asyncio.Task):
                todo += plumbing.callbacks(each)
        elif isinstance(each, functools.partial):
            todo += [each.func, *each.args]
        elif isinstance(each, FunctionType):
            todo += each.__closure__ or ()
            todo += each.__defaults__ or ()
        else:
            todo += gc.get_referents(each)
    return found
