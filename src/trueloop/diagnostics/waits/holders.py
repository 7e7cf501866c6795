"""Holders: which task holds a Lock, where that can be proved.

Law: looks only; a lock says nothing of its holder, and `await lock.acquire()` leaves no trace. But
a coroutine that is suspended inside `async with lock:` has the lock's __aexit__ on its stack, to
call it at the end of the block. Where several tasks, or none, can be the holder, it is not known;
nor where a task of its own waits for the condition in whose block another is, as wait_for() has it
before 3.12: the lock was let go of, and may be anybody's, one's who left no trace too.
"""

from __future__ import annotations

import asyncio
import collections
import gc
import math
import time
from types import BuiltinMethodType, FunctionType, MethodDescriptorType, MethodType
from typing import TYPE_CHECKING, Any

from trueloop import primitives
from trueloop.diagnostics.waits import chain, wakers

if TYPE_CHECKING:
    from collections.abc import Iterable

# The clock is read after so many tasks.
_LOOKS_AT_ONCE = 64
_CONDITION_WAITS = asyncio.Condition.wait.__code__
_CONDITIONS = (asyncio.Condition, primitives.Condition)
_ACQUIRES = asyncio.Lock.acquire.__code__


def of_locks(pending: Iterable[Any], deadline: float = math.inf) -> dict[int, Any] | None:
    """The holder of each lock, by the lock's id(), where exactly one of the tasks can be it.

    None if it was not known of all the tasks at `deadline`, a time of time.perf_counter().
    """
    found: dict[int, list[Any]] = collections.defaultdict(list)
    let_go = set()
    for number, task in enumerate(pending):
        if number % _LOOKS_AT_ONCE == 0 and time.perf_counter() > deadline:
            return None
        blocks, locks = blocks_of(task)
        for lock, count in blocks.items():
            if count < 0:
                let_go.add(lock)
            elif count > 0 and locks[lock].locked():
                found[lock].append(task)
    return {
        lock: tasks[0] for lock, tasks in found.items() if len(tasks) == 1 and lock not in let_go
    }


def blocks_of(task: Any) -> tuple[dict[int, int], dict[int, Any]]:
    """In how many `async with` blocks of a lock, by its id(), a suspended task is; and the locks.

    Fewer than none where it waits for a condition that it has not entered itself.
    """
    links = chain.of_task(task)
    counts: dict[int, int] = collections.Counter()
    locks: dict[int, Any] = {}
    for link in links:
        for lock in _left_at_the_end(gc.get_referents(link)):
            locks[id(lock)] = lock
            counts[id(lock)] += 1
    # A block that is only being entered is on the stack already; and a condition lets go of its
    # lock while it waits.
    if counts and wakers.enters_lock(links):
        counts[id(_self_of(links[-1]))] -= 1
    for link in links:
        if chain.code_of(link) is _CONDITION_WAITS:
            counts[id(getattr(_self_of(link), "_lock", None))] -= 1
    return counts, locks


def _left_at_the_end(referents: list[Any]) -> list[Any]:
    """The locks whose __aexit__ a coroutine with these referents has on its stack."""
    found = []
    for place, each in enumerate(referents):
        if type(each) in (MethodType, BuiltinMethodType):  # up to 3.13
            if each.__name__ == "__aexit__":
                found.append(_lock_of(each.__self__))
        elif type(each) in (FunctionType, MethodDescriptorType) and each.__name__ == "__aexit__":
            following = referents[place + 1 : place + 2]  # 3.14 and later: the two side by side
            found += [_lock_of(other) for other in following]
    return [lock for lock in found if lock is not None]


def _lock_of(manager: Any) -> Any:
    if issubclass(type(manager), wakers.LOCKS):
        return manager
    if issubclass(type(manager), _CONDITIONS):
        return manager._lock
    return None


def _self_of(link: Any) -> Any:
    """The first argument of a suspended method of asyncio's."""
    for each in gc.get_referents(link):
        if issubclass(type(each), (*wakers.LOCKS, *_CONDITIONS)):
            return each
    return None
