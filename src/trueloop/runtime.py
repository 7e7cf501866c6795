"""Runtime: which loop this process has, decided once, and the only place that decides.

Law: the kernel if one was installed for this Python, else asyncio's own loop (trueloop.elsewhere).
A kernel that is there and does not load is an error, never a reason to fall back: the fallback
would hide it.

The native modules are extensions, so one that was built for another Python or another system is
not there for this one. Everything above this module takes what it needs from here.
"""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType
    from typing import Any

__all__ = [
    "DRIVEN",
    "EventLoop",
    "Future",
    "Task",
    "interrupt",
    "is_native",
    "new_event_loop",
    "on_new_loop",
    "skip_reader",
    "why_not_native",
]

_SYSTEMS = {"darwin": "macOS", "win32": "Windows"}
# The first and the last of the kernel's modules: with either of them, a kernel was installed.
_ENDS = ("trueloop.kernel.clock", "trueloop.kernel.loop")


def _is_installed() -> bool:
    for name in _ENDS:  # imported, not searched for: importlib.util is slow to import itself
        try:
            importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
        else:
            return True
    return False


def _why_not() -> str:
    platform: str = sys.platform
    if platform != "linux":
        system = _SYSTEMS.get(platform, platform)
        return f"the native loop is built for Linux, and this is {system}"
    suffix = importlib.machinery.EXTENSION_SUFFIXES[0]
    return f"no native loop was installed for this Python ({suffix.split('.')[1]})"


on_new_loop: list[Callable[[Any], object]]
skip_reader: Callable[[CodeType], None]
interrupt: Callable[[Any, BaseException], bool]
DRIVEN: frozenset[str]
why_not_native: str | None
is_native: bool

if sys.platform == "linux" and (TYPE_CHECKING or _is_installed()):
    from trueloop.kernel.future import Future
    from trueloop.kernel.hooks import on_new_loop, skip_reader
    from trueloop.kernel.task import Task, interrupt
    from trueloop.loop import EventLoop, new_event_loop
    from trueloop.observable import SLOTS

    is_native, why_not_native = True, None
    DRIVEN = frozenset(SLOTS)
else:
    from trueloop.elsewhere.future import Future, Task, interrupt
    from trueloop.elsewhere.hooks import DRIVEN, on_new_loop, skip_reader
    from trueloop.elsewhere.loop import EventLoop, new_event_loop

    is_native, why_not_native = False, _why_not()
