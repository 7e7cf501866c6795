"""never-awaited: a coroutine was made and dropped without anybody having awaited it.

Law: judges when Python itself does: when a coroutine that never ran is finalised, at the moment at
which Python warns of it. Python's warning stays as it is. docs/findings/never-awaited.md says what
it means to a developer.

The call that made the coroutine is known if Python was told to note it (`trueloop run` does that);
else it is inferred from the instruction at which the coroutine died, or not named.

Silent for coroutines that a library made and dropped by itself, for those of unittest.mock, for
those whose task never got to its first step, and if a warnings filter names this very warning.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import re
import sys
import time
import warnings
from types import CoroutineType
from typing import TYPE_CHECKING, Any

from trueloop import runtime
from trueloop.diagnostics import calls, places
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.ledger import counted
from trueloop.diagnostics.mistakes import guarded
from trueloop.diagnostics.places import Origin, Place
from trueloop.diagnostics.returns import Returns, returns
from trueloop.diagnostics.waits.chain import code_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

AWAIT_IT = (
    "Put `await` before the call, or give the coroutine to a TaskGroup or asyncio.create_task(); "
    "close() it if it is not wanted."
)
PASS_A_FUNCTION = (
    "Pass a plain function, which may create a task; "
    "whoever calls an async function like a plain one gets a coroutine and drops it."
)

# How many frames Python notes of whoever makes a coroutine, if told to: the caller's, and those of
# two more in case the first only pass it on.
_NOTED_FRAMES = 3

_MOST_FRAMES = 50
_LIBRARY = os.path.dirname(os.__file__)
_MOCK = os.path.join(_LIBRARY, "unittest", "mock.py")
# Whose frames call what somebody else gave them: beside the loop's, those of threads.
_CALLERS = (*places.LOOP_FILES, os.path.join(_LIBRARY, "threading.py"))
_EXECUTORS = os.path.join(_LIBRARY, "concurrent", "futures") + os.sep

_is_noting = False
# Coroutines, by identity, that are not to be told: the end of the program has told them, or their
# task has ended before its first step.
_settled: set[int] = set()


class NeverAwaited:
    """Reports coroutines that never ran."""

    kind = "never-awaited"
    needs: tuple[str, ...] = ()

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        if _is_noting:
            _note_here()  # a loop may be made in a thread of its own

    def abandoned(self, task: Any) -> None:
        """Hook: the loop ends with a pending task. One that never began is not our matter."""
        coroutine = task.get_coro()
        if _is_unbegun(coroutine):
            _settled.add(id(coroutine))

    @classmethod
    def process_begins(cls, record: Callable[..., None]) -> None:
        """From now on hear of each coroutine of this process that dies without having run."""
        _listen(record)

    @classmethod
    def program_ends(cls, record: Callable[..., None]) -> None:
        """The program is over: coroutines that are still referenced will not run any more.

        To find them, all objects are looked at; so only if the program is run to be examined.
        """
        if not _is_noting:
            return
        found = [each for each in gc.get_objects() if _is_unbegun(each)]
        if found and not _has_pending_tasks():
            for coroutine in found:
                finding = None if id(coroutine) in _settled else _judge(record, coroutine, None)
                _settled.add(id(coroutine))
                if finding is not None:
                    record(finding)


def note_callers(record: Callable[..., None]) -> None:
    """Let Python note who makes each coroutine, and hear of those that die without having run.

    In this thread, and in each that makes a loop later. A coroutine costs some 100 ns more then.
    """
    global _is_noting
    _is_noting = True
    _note_here()
    _listen(record)


def _note_here() -> None:
    if sys.get_coroutine_origin_tracking_depth() == 0:  # else the program has its own wish
        sys.set_coroutine_origin_tracking_depth(_NOTED_FRAMES)


# -- Python's warning


def _listen(record: Callable[..., None]) -> None:
    """Be called where Python warns of a coroutine: a function that it looks up by its name."""
    if getattr(warnings, "_warn_unawaited_coroutine", None) is not _warn_unawaited_coroutine:

        def tell(coroutine: Any, frame: FrameType | None) -> None:
            if id(coroutine) in _settled:
                _settled.discard(id(coroutine))
                return
            finding = _judge(record, coroutine, frame)
            if finding is not None:
                record(finding)

        _tell[0] = guarded(tell)
        warnings._warn_unawaited_coroutine = _warn_unawaited_coroutine  # type: ignore[attr-defined]


_tell: list[Callable[..., object] | None] = [None]


def _warn_unawaited_coroutine(
    coroutine: Any,
    *,
    tell: list[Callable[..., object] | None] = _tell,
    getframe: Callable[[], FrameType] = sys._getframe,
    module: Any = warnings,
) -> None:
    """What the function of this name in `warnings` does, and before that our part.

    That function itself cannot be called: its warning names the line of the frame before the last.
    It may run when this module is half gone, so it holds all it needs itself.
    """
    if tell[0] is not None:
        tell[0](coroutine, getframe().f_back)
    message = f"coroutine '{coroutine.__qualname__}' was never awaited"
    if coroutine.cr_origin is not None and not _is_our_note(coroutine.cr_origin):
        message += "\nCoroutine created at (most recent call last)\n" + _as_lines(coroutine)
    try:
        module.warn(message, category=RuntimeWarning, stacklevel=2, source=coroutine)
    except BaseException as error:  # a filter made an error of it: that is Python's to show
        error.__traceback__ = None
        raise


def _is_our_note(origin: tuple[Any, ...]) -> bool:
    """Whether Python has noted it because we, and not the program or asyncio, said so."""
    depth = sys.get_coroutine_origin_tracking_depth()
    return _is_noting and depth == _NOTED_FRAMES and len(origin) <= _NOTED_FRAMES


def _as_lines(coroutine: Any) -> str:
    import linecache
    import traceback

    frames = [
        (file, line, function, linecache.getline(file, line))
        for file, line, function in reversed(coroutine.cr_origin)
    ]
    return "".join(traceback.format_list(frames)).rstrip("\n")


def _is_silenced(text: str) -> bool:
    """Whether the program has a filter against this warning, not just against many."""
    filters = getattr(warnings, "_get_filters", lambda: warnings.filters)()
    for action, message, category, *_ in filters:
        pattern = getattr(message, "pattern", "")
        if (
            action == "ignore"
            and "awaited" in pattern
            and issubclass(RuntimeWarning, category)
            and re.match(pattern, text, re.IGNORECASE)
        ):
            return True
    return False


# -- judging


def _judge(record: Callable[..., None], coroutine: Any, frame: FrameType | None) -> Finding | None:
    """The finding about a coroutine that never ran; `frame`: in which it dies, if it does.

    None if there is nothing to say, or nothing new.
    """
    code = code_of(coroutine)
    name = coroutine.__qualname__
    noted = _noted(coroutine)
    if code.co_filename == _MOCK or any(place.file == _MOCK for place in noted):
        return None
    if _is_silenced(f"coroutine '{name}' was never awaited"):
        return None
    definition = places.of_code(code)
    where = _made(noted) or _dropped(frame, code.co_name)
    is_called_for_somebody = where is None and _is_caller(noted, frame)
    if where is None:
        if not places.is_user(definition):
            return None
        where = definition
    if counted(record, NeverAwaited.kind, where):
        return None
    return Finding(
        kind=NeverAwaited.kind,
        severity=Severity.ERROR,
        message=f"the coroutine {name} was made and dropped, but never awaited: none of it has run",
        hint=PASS_A_FUNCTION if is_called_for_somebody else AWAIT_IT,
        time=time.time(),
        task=_task_name(),
        where=where,
        stack=noted if where in noted else (),
        related=() if where == definition else (Related("defined", definition),),
    )


def _noted(coroutine: Any) -> tuple[Place, ...]:
    """Who made the coroutine, innermost first, as far as Python has noted it; not the loop."""
    noted = []
    for file, line, function in coroutine.cr_origin or ():
        noted.append(Place(file, line, function))
        if file in places.LOOP_FILES:
            break
    return tuple(noted)


def _made(noted: tuple[Place, ...]) -> Place | None:
    """The developer's line that made the coroutine.

    Who only returns what a call gives hands the duty to await it on to the caller: a decorator, or
    a library's plain function that returns a coroutine of the library's.
    """
    found = None
    for place in noted:
        how = returns(place.file, place.line)
        if places.origin(place.file) is Origin.USER:
            found = place
            if how is not Returns.AS_IT_IS:
                break
        elif how is Returns.NOT:
            break
    return found


def _dropped(frame: FrameType | None, name: str) -> Place | None:
    """The line that made the coroutine, if the developer's own frame drops it right now."""
    if frame is None or places.origin(frame.f_code.co_filename) is not Origin.USER:
        return None
    line = calls.dropped_here(frame, name)
    return None if line is None else places.of_code(frame.f_code, line)


def _is_caller(noted: tuple[Place, ...], frame: FrameType | None) -> bool:
    """Whether the loop or a thread has called the async function, having been given it."""
    dying_in = "" if frame is None else frame.f_code.co_filename
    file = noted[0].file if noted else dying_in
    return file in _CALLERS or file.startswith(_EXECUTORS)


def _is_unbegun(candidate: object) -> bool:
    """Whether it is a coroutine that has not run yet, and could."""
    if type(candidate) is CoroutineType:
        return inspect.getcoroutinestate(candidate) == inspect.CORO_CREATED
    if hasattr(type(candidate), "stands_for"):  # one of trueloop.primitives
        return bool(candidate.is_fresh)  # type: ignore[attr-defined]
    return False


def _has_pending_tasks() -> bool:
    """Whether some loop was left in the middle: its tasks may have been going to await anything."""
    kinds = (asyncio.Task, runtime.Task)
    return any(issubclass(type(each), kinds) and not each.done() for each in gc.get_objects())


def _task_name() -> str | None:
    """Name of the task that runs in this thread."""
    loop = asyncio._get_running_loop()
    task = None if loop is None else asyncio.current_task(loop)
    return None if task is None else task.get_name()
