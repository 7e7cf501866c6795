"""Handle and TimerHandle: asyncio's own, of which it is known who scheduled the callback.

Law: only where the callback is no Python function of the program: then neither a stack nor a
traceback would ever show a line of the program. All other handles stay asyncio's.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from types import BuiltinFunctionType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FrameType

    from trueloop.observable import Site

_LIBRARY = os.path.dirname(os.__file__) + os.sep
_ASYNCIO = os.path.dirname(asyncio.__file__) + os.sep

# Whether a function shows itself, by its file. Grows with the number of files.
_known: dict[str, bool] = {}

_sites: weakref.WeakKeyDictionary[asyncio.Handle, Site] = weakref.WeakKeyDictionary()

# What a loop calls to resume a task. The step is of a type of its own; the wake-up is a method that
# shows by its name only. In asyncio's Python version both are plain methods.
_STEP = "TaskStepMethWrapper"
_STEPS = ("TaskWakeup", "task_wakeup", "__step", "__wakeup")


class Handle(asyncio.Handle):
    """A callback that is to be called soon."""

    __slots__ = ()

    @property
    def created_at(self) -> Site | None:
        """Where the callback was scheduled."""
        return _sites.get(self)


class TimerHandle(asyncio.TimerHandle):
    """A callback that is to be called at a certain time."""

    __slots__ = ()

    @property
    def created_at(self) -> Site | None:
        """Where the callback was scheduled."""
        return _sites.get(self)


_classes: dict[type, type] = {asyncio.Handle: Handle, asyncio.TimerHandle: TimerHandle}


def steps_a_task(callback: Any) -> bool:
    """Whether a loop that calls this resumes a task."""
    kind = type(callback)
    if kind is FunctionType:
        return False
    if kind is BuiltinFunctionType or kind is MethodType:
        return callback.__name__ in _STEPS
    return kind.__name__ == _STEP


def shows_itself(callback: Any) -> bool:
    """Whether it needs no note who scheduled it: a function of the program, or asyncio's own."""
    kind = type(callback)
    function = callback.__func__ if kind is MethodType else callback
    if type(function) is FunctionType:
        file = function.__code__.co_filename
        known = _known.get(file)
        if known is None:
            known = not file.startswith(_LIBRARY) or file.startswith(_ASYNCIO)
            _known[file] = known
        return known
    return steps_a_task(callback)


def note_site(handle: asyncio.Handle, frame: FrameType | None) -> None:
    """Remember where a callback was scheduled.

    `frame` is that of the loop's method; asyncio's own frames around it are not counted.
    """
    own_class = _classes.get(type(handle))
    while frame is not None and frame.f_code.co_filename in _files:
        frame = frame.f_back
    if frame is not None and own_class is not None:
        handle.__class__ = own_class
        _sites[handle] = frame.f_code.co_filename, frame.f_lineno, frame.f_code.co_qualname


_files = {asyncio.base_events.__file__, asyncio.events.__file__}


def skip_file(file: str) -> None:
    """Never take a line of this file for the place where a callback was scheduled."""
    _files.add(file)
