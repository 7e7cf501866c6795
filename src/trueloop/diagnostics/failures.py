"""Failures: tasks and futures that ended with an exception, until they die.

Law: remembers weakly, and only those that failed; decides nothing. What is noted is known at the
moment of the failure only: where a future got an exception that carries no traceback, and how far
the exception had travelled by then. And a future that is still referenced when the program ends was
never told to die, so its finaliser never asked whether it was read.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trueloop.diagnostics.places import Place

_SWEEP_FROM = 1000


class Failure(NamedTuple):
    """What was known when a future failed.

    Attributes:
        future: the future, weakly.
        place: the line to look at: the raise, or for an exception that was never raised the line
            that gave it to the future. None if neither is known, and for a task, which says itself.
        is_internal: no code of the developer's raised the exception or gave it to the future.
        depth: number of entries of the exception's traceback at that time. When it grows, somebody
            has raised the exception again, and so has got to know it. -1: too many to be counted;
            then nobody can tell, and nothing is said.
        dropped_by: which of asyncio's own readers looked at the exception and dropped it, or "".
    """

    future: weakref.ref[Any]
    place: Place | None
    is_internal: bool
    depth: int
    dropped_by: str = ""


class Failures:
    """All failures of one process whose futures may still be alive."""

    def __init__(self) -> None:
        # By identity. An address is used again only after its future died, and the next future
        # there that fails replaces the entry: so at the time a future's finaliser runs (when its
        # weak references may be dead already), the entry at its address is its own.
        self._by_id: dict[int, Failure] = {}
        self._sweep_at = _SWEEP_FROM

    def add(self, future: Any, place: Place | None, is_internal: bool, depth: int) -> None:
        """Remember a future that has failed just now; see Failure."""
        if len(self._by_id) >= self._sweep_at:
            self._sweep()
        self._by_id[id(future)] = Failure(weakref.ref(future), place, is_internal, depth)

    def drop(self, future: Any, reader: str) -> None:
        """asyncio has looked at the future's exception, and dropped it."""
        failure = self._by_id.get(id(future))
        if failure is not None:
            self._by_id[id(future)] = failure._replace(dropped_by=reader)

    def of(self, future: Any) -> Failure | None:
        """What was noted of a future that failed."""
        return self._by_id.get(id(future))

    def forget(self, future: Any) -> None:
        """The future is dying, or has been dealt with."""
        self._by_id.pop(id(future), None)

    def clear(self) -> None:
        """Forget all."""
        self._by_id.clear()

    def unread(self) -> Iterator[Any]:
        """Futures that are alive, and whose exception nobody has read."""
        for failure in list(self._by_id.values()):
            future = failure.future()
            if future is not None and not future.reads:
                yield future

    def _sweep(self) -> None:
        """Forget the dead and the read: the number of entries follows that of the living."""
        for key, failure in list(self._by_id.items()):
            future = failure.future()
            if (future is None or future.reads) and self._by_id.get(key) is failure:
                self._by_id.pop(key, None)  # another thread may have come before
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._by_id))
