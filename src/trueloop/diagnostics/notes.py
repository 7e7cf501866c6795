"""Notes: every CancelledError and TimeoutError says where it came from, in one note.

Law: makes no note before somebody looks. A CancelledError finds its own when `__notes__` is read; a
timeout pays only when it has expired. Nothing else of asyncio is changed, and nothing at all while
diagnostics are off.
"""

from __future__ import annotations

import asyncio
import functools
import inspect
import sys
from asyncio import timeouts
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import limits, provenance
from trueloop.diagnostics.mistakes import guarded

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from trueloop.diagnostics.limits import Limit

_NOTES = "__notes__"
_EXIT = "__aexit__"
_EXPIRING = timeouts._State.EXPIRING  # type: ignore[attr-defined]


def install() -> None:
    """Let CancelledErrors and TimeoutErrors have their notes. Doing it twice does no harm."""
    if _NOTES not in vars(asyncio.CancelledError):
        setattr(asyncio.CancelledError, _NOTES, property(_get, _set, _delete, "Notes on it."))
        setattr(timeouts.Timeout, _EXIT, _leaving(getattr(timeouts.Timeout, _EXIT)))


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
_limit_left_by = guarded(limits.left_by)


def _leaving(
    leave: Callable[..., Coroutine[Any, Any, bool | None]],
) -> Callable[..., Coroutine[Any, Any, bool | None]]:
    """Timeout.__aexit__, whose TimeoutError gets a note."""

    @functools.wraps(leave)
    def __aexit__(
        self: asyncio.Timeout, exc_type: Any, exc_val: Any, exc_tb: Any
    ) -> Coroutine[Any, Any, bool | None]:
        left = leave(self, exc_type, exc_val, exc_tb)
        if exc_type is not None and self._state is _EXPIRING:  # type: ignore[attr-defined]
            return _leave_expired(left, exc_val, _limit_left_by(sys._getframe(1)))
        return left

    if hasattr(inspect, "markcoroutinefunction"):
        inspect.markcoroutinefunction(__aexit__)
    return __aexit__


async def _leave_expired(
    left: Coroutine[Any, Any, bool | None], cancelled: BaseException, limit: Limit | None
) -> bool | None:
    try:
        return await left
    except TimeoutError as error:
        _annotate(error, cancelled, limit)
        if error.__traceback__ is not None:
            error.__traceback__ = error.__traceback__.tb_next  # without this function
        raise


@guarded
def _annotate(error: BaseException, cancelled: BaseException, limit: Limit | None) -> None:
    """Say which limit it was, and where its CancelledError had been delivered."""
    if error.__cause__ is not cancelled:
        return
    text = str(limit) if limit is not None else "timeout"
    note = provenance.note(cancelled, limit)
    if note is not None:
        vars(cancelled).setdefault(_NOTES, [note])
        _, is_known, place = note.partition("; delivered at ")
        text += f"; cancelled while awaiting at {place}" if is_known else ""
    error.add_note(text)
