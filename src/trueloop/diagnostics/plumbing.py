"""Plumbing: asyncio's own callbacks on futures, recognised, and what they are about to do.

Law: the one place that knows the insides of asyncio.gather, wait, shield, run_coroutine_threadsafe
and TaskGroup. A native callback says whose work it does, and has what asyncio's closes over. What
cannot be recognised (another Python, other names) is treated as somebody who listens, which makes
detectors silent, never wrong.
"""

from __future__ import annotations

import asyncio
import functools
import sys
from asyncio import futures, tasks
from types import CodeType, FunctionType
from typing import Any, NamedTuple

from trueloop import primitives
from trueloop.primitives.insides import nested_code

TASK_GROUPS = (asyncio.TaskGroup, primitives.TaskGroup)
_GATHER = nested_code(asyncio.gather, "_done_callback")
_GATHERING: Any = getattr(tasks, "_GatheringFuture", ())
_WAIT = nested_code(getattr(tasks, "_wait", None), "_on_completion")
_SHIELD = nested_code(asyncio.shield, "_inner_done_callback")
_RELEASE = getattr(getattr(tasks, "_release_waiter", None), "__code__", None)  # of wait_for
_TO_THREAD_FUTURE = getattr(
    getattr(futures, "_set_concurrent_future_state", None), "__code__", None
)

# What run_coroutine_threadsafe puts on the future that it returns: it reads nothing.
CHECKS_CANCEL = nested_code(getattr(futures, "_chain_future", None), "_call_check_cancel")

# Code that may look at a future's exception without anybody having read it.
READERS = tuple(code for code in (_GATHER, _WAIT, _SHIELD, _TO_THREAD_FUTURE) if code is not None)

# From the hook outwards to asyncio's frame there are only frames of ours.
_MOST_FRAMES = 8


class Reading(NamedTuple):
    """A look at an exception by asyncio itself.

    Attributes:
        passes_on: somebody gets the exception; else the look ends here.
        reader: "gather", "wait", "shield" or "thread"; "" if that is not known.
        thread_future: the concurrent.futures.Future that gets the exception, or None.
    """

    passes_on: bool
    reader: str
    thread_future: Any = None


def reading(future: Any) -> Reading:
    """What the asyncio callback that looks at a future's exception right now does with it.

    To be called while one of READERS is asking for the exception, or a native one.
    """
    listener = hearing(future)
    if listener is not None:
        return _reading_by(code_of(listener), getattr(listener, "finishes", None))
    frame = sys._getframe(1)
    for _ in range(_MOST_FRAMES):
        code = frame.f_code
        if code in READERS:
            variables = frame.f_locals
            if code is _TO_THREAD_FUTURE:
                return Reading(True, "thread", variables.get("concurrent"))
            return _reading_by(code, variables.get("outer"))
        if frame.f_back is None:
            break
        frame = frame.f_back
    return Reading(True, "")


def hearing(future: Any) -> Any:
    """The native callback that runs now on the loop of a future; None if there is none."""
    return getattr(getattr(future.get_loop(), "hooks", None), "hearing", None)


def _reading_by(code: CodeType | None, outer: Any) -> Reading:
    if code is _GATHER:
        return Reading(outer is not None and not _is_unheard(outer), "gather")
    if code is _SHIELD:
        return Reading(outer is None or not outer.cancelled(), "shield")
    if code is _WAIT:
        return Reading(False, "wait")
    return Reading(True, "")


def _is_unheard(gather: Any) -> bool:
    """Whether nobody will get what a gather passes on: it is done, or those behind it are."""
    if gather.done():
        return True
    listeners = callbacks(gather)
    return bool(listeners) and all(
        code_of(listener) is _GATHER
        and (outer := enclosed(listener, "outer")) is not None
        and outer.done()
        for listener in listeners
    )


def is_gather(future: Any) -> bool:
    """Whether it is what gather() gives, natively or not."""
    return isinstance(future, _GATHERING)


def callbacks(future: Any) -> list[Any]:
    """What will be called when a pending future is done; for a task that waits: its wake-up."""
    return [entry[0] for entry in getattr(future, "_callbacks", None) or ()]


def has_owner(task: Any) -> bool:
    """Whether somebody waits for the task: another task, a TaskGroup, an awaited gather, ..."""
    return any(_is_wait(callback) for callback in callbacks(task))


def _is_wait(callback: Any) -> bool:
    owner = getattr(callback, "__self__", None)
    if isinstance(owner, (asyncio.Future, *TASK_GROUPS)):
        return True
    if isinstance(callback, functools.partial):  # wait_for, up to 3.11
        return getattr(callback.func, "__module__", None) == "asyncio.tasks"
    code = code_of(callback)
    if code is _GATHER:
        outer = enclosed(callback, "outer")
        return outer is not None and not outer.done() and bool(callbacks(outer))
    return code is not None and code in (_WAIT, _SHIELD, _RELEASE)


def code_of(callback: Any) -> CodeType | None:
    """The code of a callback made by a `def`, or that which a native one stands for."""
    if type(callback) is FunctionType:
        return callback.__code__
    return getattr(callback, "stands_for", None)


def enclosed(function: Any, name: str) -> Any:
    """Value of a variable that a callback closes over; None if it has no such variable."""
    if type(function) is not FunctionType:
        return getattr(function, name, None)
    for variable, cell in zip(
        function.__code__.co_freevars, function.__closure__ or (), strict=False
    ):
        if variable == name:
            try:
                return cell.cell_contents
            except ValueError:  # not assigned yet
                return None
    return None
