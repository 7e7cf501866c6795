"""Future and Task: asyncio's own, which also know who read their exception and who created them.

Law: nothing that a program sees of a future differs from asyncio's. What is overridden calls
asyncio's method and tells the hooks of the loop, if it has any.

asyncio keeps one flag for each future, which any look at the exception clears. Here looks are told
apart: one by asyncio's own plumbing (gather, wait, ...) counts only if the read_by_plumbing hook
says that it hands the exception on.
"""

from __future__ import annotations

import asyncio
import os
import sys
from asyncio import runners
from typing import TYPE_CHECKING, Any

from trueloop import creators
from trueloop.elsewhere.hooks import Hooks, is_reader

if TYPE_CHECKING:
    from collections.abc import Callable, Generator
    from types import FrameType

    from trueloop.observable import Site

_CANCEL_ALL = getattr(getattr(runners, "_cancel_all_tasks", None), "__code__", None)
# asyncio's flag: set when an exception is, cleared by any look at it.
_flag: Any = asyncio.Future.__dict__["_log_traceback"]
_is_set: Callable[[Any], bool] = _flag.__get__
_set_exception: Callable[[Any, Any], None] = asyncio.Future.set_exception
_task_del: Callable[[Any], None] = asyncio.Task.__del__


class _Look:
    """A method of asyncio's that looks at the outcome; that it is being called is noted.

    It is noted when the method is fetched, and then asyncio's own method is called: so tracebacks
    of what it raises have no entry of ours.
    """

    def __init__(self, name: str) -> None:
        self._method: Callable[..., Any] = asyncio.Future.__dict__[name]

    def __get__(self, future: Any, owner: type) -> Callable[..., Any]:
        if future is None:
            return self._method
        if failed(future):
            future._note_look(sys._getframe(1))
        bound: Callable[..., Any] = self._method.__get__(future, owner)
        return bound


class Future(asyncio.Future[Any]):
    """A result that is not there yet: asyncio.Future, observed."""

    # How often the program has looked, and whether a look was by plumbing that dropped what it saw.
    # Set on the few instances that need it.
    _seen = 0
    _dropped = False

    @property
    def reads(self) -> int:
        """How many times the exception was retrieved, by whom it may concern."""
        if self._seen or _is_set(self) or self._dropped or self._exception is None:
            return self._seen
        return 1  # by C code that asked for nobody's method

    def _note_look(self, frame: FrameType) -> None:
        hooks = hooks_of(self)
        ask = None if hooks is None else hooks.read_by_plumbing
        if ask is not None and is_reader(frame.f_code) and not ask(self):
            self._dropped = True
        else:
            self._seen += 1

    result: Any = _Look("result")
    exception: Any = _Look("exception")

    def __await__(self) -> Generator[Any, None, Any]:
        if failed(self):
            self._seen += 1
        return super().__await__()

    def __iter__(self) -> Generator[Any, None, Any]:
        if failed(self):
            self._seen += 1
        return super().__iter__()

    @property
    def _log_traceback(self) -> bool:
        return bool(_is_set(self))

    @_log_traceback.setter
    def _log_traceback(self, value: bool) -> None:
        _flag.__set__(self, value)
        self._seen += 1  # a wish for silence counts as having looked

    def _tell_if_lost(self) -> None:
        hooks = hooks_of(self)
        if not self._seen and hooks is not None and hooks.exception_lost is not None:
            hooks.exception_lost(self)

    def __del__(self) -> None:
        if _is_set(self) or self._dropped:
            self._tell_if_lost()
            super().__del__()  # asyncio's own report

    def set_exception(self, exception: type | BaseException, /) -> None:
        """Finish with `exception`; see asyncio.Future."""
        # Not by super(): asyncio's can be called with a task too, which then refuses.
        _set_exception(self, exception)
        hooks = hooks_of(self)
        if hooks is not None and hooks.future_failed is not None:
            hooks.future_failed(self)

    def cancel(self, msg: Any | None = None) -> bool:
        """Cancel; False if the future is done already, else True."""
        if _is_set(self):  # asyncio's flag goes, but nobody has looked
            self._dropped = True
        return super().cancel(msg)


class Task(Future, asyncio.Task[Any]):
    """A coroutine and the future of its result: asyncio.Task, observed."""

    __slots__ = ("created_at",)

    created_at: Site | None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self.created_at = _creation_site(sys._getframe(1))
        super().__init__(*arguments, **options)
        source: Any = getattr(self, "_source_traceback", None)
        if source:  # in debug mode: asyncio's has no entry of this method
            del source[-1]
        hooks = hooks_of(self)
        if hooks is not None:
            if hooks.task_created is not None:
                hooks.task_created(self)
            if self.done():  # in its eager first step
                hooks.task_ended(self)

    def __del__(self) -> None:
        if _is_set(self) or self._dropped:
            super().__del__()
        elif not self.done():
            _task_del(self)  # asyncio's own report

    set_exception: Any = asyncio.Task.set_exception  # which refuses

    def cancel(self, msg: Any | None = None) -> bool:
        """Request that the task be cancelled; see asyncio.Task."""
        hooks = None if self.done() else hooks_of(self)
        if hooks is not None:
            at_shutdown = sys._getframe(1).f_code is _CANCEL_ALL
            if at_shutdown and hooks.abandoned is not None and not self.cancelling():
                hooks.abandoned(self)
            if hooks.task_cancelled is not None:
                hooks.task_cancelled(self)
        return super().cancel(msg)


def failed(future: Any) -> bool:
    """Whether there is an exception to look at."""
    try:
        return future._exception is not None
    except RuntimeError:  # __init__ was never called; asyncio's methods say so
        return False


def hooks_of(future: Any) -> Hooks | None:
    """The hooks of the future's loop, if that is one of ours."""
    hooks = getattr(future._loop, "hooks", None)
    return hooks if isinstance(hooks, Hooks) else None


# By identity: code objects are slow to hash.
_creators = {id(code): code for code in creators.codes()}
_files = {__file__, os.path.join(os.path.dirname(__file__), "loop.py")}


def _creation_site(frame: FrameType | None) -> Site | None:
    """The line that created a task: the innermost outside asyncio's own helpers and ours."""
    while frame is not None:
        code = frame.f_code
        if id(code) not in _creators and code.co_filename not in _files:
            return code.co_filename, frame.f_lineno, code.co_qualname
        frame = frame.f_back
    return None


def interrupt(task: Any, exception: BaseException) -> bool:
    """What the kernel does, this cannot: False, for the task goes on waiting."""
    return False
