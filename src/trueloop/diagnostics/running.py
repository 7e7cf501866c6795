"""Running: what the loop of this thread was started for, told by the frames below it.

Law: reads frames of asyncio's own functions only.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import base_events, runners
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

_RUN_UNTIL_COMPLETE = base_events.BaseEventLoop.run_until_complete.__code__
_SHUTTING_DOWN = frozenset(
    getattr(function, "__code__", None)
    for function in (asyncio.Runner.close, getattr(runners, "_cancel_all_tasks", None))
)


def main_future() -> Any:
    """What run_until_complete waits for, a task as a rule; None in run_forever."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is _RUN_UNTIL_COMPLETE:
            return frame.f_locals.get("future")
        frame = frame.f_back
    return None


def is_shutting_down() -> bool:
    """Whether asyncio.run or Runner.close is ending what main has left behind."""
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code in _SHUTTING_DOWN:
            return True
        frame = frame.f_back
    return False
