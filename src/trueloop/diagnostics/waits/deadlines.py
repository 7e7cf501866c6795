"""Deadlines: whether an armed timer will end the wait of one of some tasks.

Law: looks only. In doubt there is one: a timer counts if the task, or the very future that it
waits for, can be reached from the timer's callback or arguments in a few steps. So are found
timeout(), wait_for(), asyncio.wait(timeout=...), `call_later(5, task.cancel)`, and the cancel
scopes and timers of other libraries.
"""

from __future__ import annotations

import asyncio
import gc
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

_MOST_STEPS = 6
_MOST_OBJECTS = 300
_MOST_TIMERS = 1000


def is_armed(loop: Any, tasks: Iterable[Any]) -> bool:
    """Whether a timer of `loop` refers to one of these pending tasks or to what it waits for."""
    wanted = set()
    for task in tasks:
        wanted |= {id(task), id(task._fut_waiter)}
    wanted.discard(id(None))
    armed = [handle for handle in loop._scheduled if not handle.cancelled()]
    if len(armed) > _MOST_TIMERS:
        return True
    return any(_reaches((handle._callback, handle._args), wanted) for handle in armed)


def _reaches(roots: Iterable[Any], wanted: set[int]) -> bool:
    seen: set[int] = set()
    level = list(roots)
    for _ in range(_MOST_STEPS):
        following: list[Any] = []
        for each in level:
            if id(each) in wanted:
                return True
            if id(each) not in seen and len(seen) < _MOST_OBJECTS:
                seen.add(id(each))
                following += _referents(each)
        level = following
    return any(id(each) in wanted for each in level)


def _referents(each: Any) -> list[Any]:
    kind = type(each)
    if kind is FunctionType:  # not its globals: from there everything can be reached
        return [each.__closure__, each.__defaults__]
    if issubclass(kind, (type, ModuleType, BuiltinFunctionType, asyncio.AbstractEventLoop)):
        return [each.__self__] if kind is BuiltinFunctionType else []
    if asyncio.isfuture(each):
        return []
    return gc.get_referents(each)
