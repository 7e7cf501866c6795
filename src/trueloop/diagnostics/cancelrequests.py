"""Requests to cancel: who asked, and why, as a person would say it.

Law: names the code of asyncio's that calls cancel() on somebody's behalf, and reads what it knows.
Decides nothing. What is not recognised is "cancel()".
"""

from __future__ import annotations

import asyncio
import enum
from asyncio import runners, taskgroups, tasks, timeouts
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from trueloop import primitives
from trueloop.diagnostics import places

if TYPE_CHECKING:
    from trueloop.diagnostics.places import Place
    from trueloop.observable import CancelRequest


class Reason(enum.StrEnum):
    """Why a task was cancelled."""

    TIMEOUT = "timeout"
    TASK_GROUP = "task group"
    SHUTDOWN = "shutdown"
    GATHER = "gather"
    WAIT_FOR = "wait_for"
    INTERRUPT = "Ctrl-C"
    CALL = "cancel()"


def _codes(owner: Any, *names: str) -> set[CodeType]:
    """Code of methods of a class, or functions of a module, that this Python has."""
    found = (getattr(owner, name, None) for name in names)
    return {function.__code__ for function in found if isinstance(function, FunctionType)}


_EXPIRING = getattr(getattr(timeouts, "_State", None), "EXPIRING", None)

_TIMEOUTS = (timeouts.Timeout, primitives.Timeout)

TIMEOUT_EXIT = timeouts.Timeout.__aexit__.__code__
TASK_GROUP_EXITS = _codes(taskgroups.TaskGroup, "__aexit__", "_aexit")
_REASONS: dict[CodeType, Reason] = {
    code: reason
    for reason, codes in (
        (Reason.TIMEOUT, _codes(timeouts.Timeout, "_on_timeout", "reschedule")),
        (
            Reason.TASK_GROUP,
            _codes(
                taskgroups.TaskGroup, "_on_task_done", "_abort", "_aexit", "__aexit__", "cancel"
            ),
        ),
        (Reason.SHUTDOWN, _codes(runners, "_cancel_all_tasks")),
        (Reason.GATHER, _codes(getattr(tasks, "_GatheringFuture", None), "cancel")),
        (Reason.WAIT_FOR, _codes(tasks, "_cancel_and_wait", "wait_for")),
        (Reason.INTERRUPT, _codes(asyncio.Runner, "_on_sigint")),
    )
    for code in codes
}


def reason(request: CancelRequest | None) -> Reason:
    """Why."""
    caller = None if request is None else request.caller
    return Reason.CALL if caller is None else _REASONS.get(caller, Reason.CALL)


def place(request: CancelRequest | None) -> Place | None:
    """The line that asked, if it is not asyncio's own."""
    return None if request is None else places.of_tuple(request.site)


def is_of_library(request: CancelRequest | None) -> bool:
    """Whether an installed package asked."""
    caller = None if request is None else request.caller
    return caller is not None and places.origin(caller.co_filename) is places.Origin.INSTALLED


def is_overdue(found: Any) -> bool:
    """Whether this is (a method of) a timeout whose time is up and whose block is not left."""
    owner = getattr(found, "__self__", found)
    return isinstance(owner, _TIMEOUTS) and getattr(owner, "_state", None) is _EXPIRING


def described(request: CancelRequest | None) -> str:
    """Who asked: "by a timeout", "by task Task-1"; empty if that is not known."""
    why = reason(request)
    if why is not Reason.CALL:
        return BY[why]
    return f"by task {request.by}" if request is not None and request.by else ""


BY = {
    Reason.TIMEOUT: "by a timeout",
    Reason.TASK_GROUP: "by its task group",
    Reason.SHUTDOWN: "by the loop's shutdown",
    Reason.GATHER: "by its gather",
    Reason.WAIT_FOR: "by wait_for",
    Reason.INTERRUPT: "by Ctrl-C",
}
