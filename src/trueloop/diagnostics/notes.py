"""Notes: every CancelledError and TimeoutError says where it came from, in one note.

Law: makes no note before somebody looks. A CancelledError finds its own when `__notes__` is read; a
timeout pays only when it has expired. Nothing else of asyncio is changed, and nothing at all while
diagnostics are off.

asyncio's Timeout.__aexit__ says `raise TimeoutError from cancelled`. In asyncio/timeouts.py that
name means a class of ours, which makes a plain TimeoutError, the builtin, and gives it the note. A
native Timeout asks for its error.
"""

from __future__ import annotations

import asyncio
import sys
from asyncio import timeouts
from typing import TYPE_CHECKING, Any

from trueloop import runtime
from trueloop.diagnostics import limits, provenance
from trueloop.diagnostics.cancelrequests import TIMEOUT_EXIT
from trueloop.diagnostics.mistakes import guarded

if TYPE_CHECKING:
    from types import CodeType, FrameType

    from trueloop.diagnostics.limits import Limit

_NOTES = "__notes__"


def install() -> None:
    """Let CancelledErrors and TimeoutErrors have their notes. Doing it twice does no harm."""
    if _NOTES not in vars(asyncio.CancelledError):
        setattr(asyncio.CancelledError, _NOTES, property(_get, _set, _delete, "Notes on it."))
        setattr(timeouts, TimeoutError.__name__, _NotingTimeoutError)
        if sys.platform == "linux" and (TYPE_CHECKING or runtime.is_native):
            from trueloop.primitives import timeouts as native

            native.make_errors_by(_noting_error)


def _get(exception: BaseException) -> Any:
    own = vars(exception)
    if _NOTES not in own:
        note = _note(exception)
        if note is None:
            raise AttributeError(f"{type(exception).__name__!r} object has no attribute {_NOTES!r}")
        own[_NOTES] = [note]
    return own[_NOTES]


def _set(exception: BaseException, notes: Any) -> None:
    vars(exception)[_NOTES] = notes


def _delete(exception: BaseException) -> None:
    try:
        del vars(exception)[_NOTES]
    except KeyError:
        raise AttributeError(_NOTES) from None


_note = guarded(provenance.note)


class _Alias(type):
    """`raise` wants an instance of the class that it was given: the builtin's are."""

    def __subclasscheck__(cls, other: type) -> bool:
        return issubclass(other, TimeoutError)

    def __instancecheck__(cls, other: object) -> bool:
        return isinstance(other, TimeoutError)


class _NotingTimeoutError(TimeoutError, metaclass=_Alias):
    """Makes TimeoutErrors of the builtin class; for `raise` it is a class like any other."""

    def __new__(cls) -> TimeoutError:  # type: ignore[misc]  # not one of its own instances
        error = TimeoutError()
        _annotate(error, sys._getframe(1))
        return error


def _noting_error(timeout: Any, cancelled: asyncio.CancelledError, _: CodeType) -> TimeoutError:
    """What a native timeout raises in place of `cancelled`."""
    error = TimeoutError()
    _annotate_native(error, timeout, cancelled)
    return error


@guarded
def _annotate(error: TimeoutError, frame: FrameType) -> None:
    cancelled = frame.f_locals.get("exc_val")
    if frame.f_code is TIMEOUT_EXIT and isinstance(cancelled, asyncio.CancelledError):
        limit = limits.left_by(frame.f_back) if frame.f_back is not None else None
        _say(error, cancelled, limit)


@guarded
def _annotate_native(error: TimeoutError, timeout: Any, cancelled: asyncio.CancelledError) -> None:
    _say(error, cancelled, limits.of_native(timeout.limit))


def _say(error: TimeoutError, cancelled: asyncio.CancelledError, limit: Limit | None) -> None:
    """Say which limit it was, and where its CancelledError had been delivered."""
    text = str(limit) if limit is not None else "timeout"
    note = provenance.note(cancelled, limit)
    if note is not None:
        vars(cancelled).setdefault(_NOTES, [note])
        _, is_known, place = note.partition("; delivered at ")
        text += f"; cancelled while awaiting at {place}" if is_known else ""
    error.add_note(text)
