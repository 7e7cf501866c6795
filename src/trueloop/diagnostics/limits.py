"""Limits: the `async with asyncio.timeout(...)` and wait_for() that some frames are inside of.

Law: reads frames and their source; decides nothing. It is asked only when somebody wants to see
where a timeout came from, so that asyncio's timeouts cost nothing. Native ones say it themselves.
"""

from __future__ import annotations

import asyncio
from asyncio import timeouts
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop import primitives
from trueloop.diagnostics import guards, names, places

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType

    from trueloop.diagnostics.guards import With
    from trueloop.diagnostics.places import Place

_WITH_SECONDS = (asyncio.timeout, primitives.timeout)
_MAKERS = (
    *_WITH_SECONDS,
    asyncio.timeout_at,
    timeouts.Timeout,
    primitives.timeout_at,
    primitives.Timeout,
)
_TIMEOUTS = (timeouts.Timeout, primitives.Timeout)
_WAIT_FOR = asyncio.wait_for.__code__


class Spot(NamedTuple):
    """An instruction of a frame: where it is suspended, or where an exception went through it."""

    frame: FrameType
    offset: int
    line: int

    @property
    def code(self) -> CodeType:
        """The frame's code."""
        return self.frame.f_code


class Limit(NamedTuple):
    """A limit on the time of some code.

    Attributes:
        place: the `async with`, or the call of wait_for(); None: somewhere in a library.
        seconds: how long it allows, if that can be told.
    """

    place: Place | None
    seconds: float | None

    def __str__(self) -> str:
        length = "" if self.seconds is None else f" of {self.seconds:g} s"
        at = "" if self.place is None else f" entered at {self.place.file}:{self.place.line}"
        return f"timeout{length}{at}"


def spot_of(frame: FrameType) -> Spot:
    """Where the frame is now."""
    return Spot(frame, frame.f_lasti, frame.f_lineno)


def of_native(facts: tuple[CodeType | None, int, float | None]) -> Limit:
    """What a native timeout says: the code that entered it, the offset there, its seconds."""
    code, offset, seconds = facts
    length = None if seconds is None else float(seconds)
    if code is None or places.origin(code.co_filename) >= places.Origin.STDLIB:
        return Limit(None, length)
    position = guards.position_of(code, offset)
    line = guards.surroundings(code, offset).leaving or (None if position is None else position[0])
    return Limit(places.of_code(code, line), length)


def around(spots: Iterable[Spot]) -> Limit | None:
    """The one limit that all of these, given innermost first, are inside of.

    None if there is none, and if there are several and it cannot be told which of them has expired.
    """
    found = list(_around(spots))
    expired = [limit for limit, has_expired in found if has_expired]
    unsure = [limit for limit, has_expired in found if has_expired is None]
    if len(expired) == 1:
        return expired[0]
    return unsure[0] if len(unsure) == 1 and not expired else None


def left_by(frame: FrameType) -> Limit | None:
    """The limit that `frame` is just leaving, or entering."""
    if frame.f_code is _WAIT_FOR:
        return None if frame.f_back is None else _of_wait_for(frame, spot_of(frame.f_back))
    for manager in guards.surroundings(frame.f_code, frame.f_lasti).managers:
        limit = _limit(frame, manager)
        if limit is not None:
            return limit
    return None


def _of_wait_for(frame: FrameType, caller: Spot) -> Limit:
    """The limit that `frame`, one of wait_for()'s own, has set for its caller."""
    seconds = frame.f_locals.get("timeout")
    place = places.of_code(caller.code, caller.line)
    return Limit(place, float(seconds) if isinstance(seconds, (int, float)) else None)


def _around(spots: Iterable[Spot]) -> Iterator[tuple[Limit, bool | None]]:
    inner: Spot | None = None
    for spot in spots:
        if inner is not None and inner.code is _WAIT_FOR:
            yield _of_wait_for(inner.frame, spot), None
        inner = spot
        if spot.code is _WAIT_FOR:
            continue
        for guard in guards.surroundings(spot.code, spot.offset).guards:
            if isinstance(guard, guards.With):
                limit = _limit(spot.frame, guard)
                if limit is not None:
                    yield limit, _has_expired(spot.frame, guard)


def _limit(frame: FrameType, manager: With) -> Limit | None:
    call = manager.item.context_expr
    namespaces = frame.f_locals, frame.f_globals
    made = names.refers_to(getattr(call, "func", call), *namespaces)
    if not any(made is maker for maker in _MAKERS):
        return None
    seconds: Any = None
    arguments = [
        *getattr(call, "args", ()),
        *(each.value for each in getattr(call, "keywords", ())),
    ]
    if len(arguments) == 1 and made in _WITH_SECONDS:
        seconds = names.refers_to(arguments[0], *namespaces)
    is_number = isinstance(seconds, (int, float))
    return Limit(places.of_code(frame.f_code, manager.line), float(seconds) if is_number else None)


def _has_expired(frame: FrameType, manager: With) -> bool | None:
    """What the context manager says of itself, if it has a name; else None."""
    name = getattr(manager.item.optional_vars, "id", None)
    limit = frame.f_locals.get(name) if name is not None else None
    return limit.expired() if isinstance(limit, _TIMEOUTS) else None
