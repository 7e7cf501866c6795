"""Failures: tasks and futures that ended with an exception, until they die.

Law: remembers weakly, and only those that failed; decides nothing. Two things need it. A future
that is still referenced when the program ends was never told to die, so its finaliser never asked
whether it was read. And the line where a future was given an exception that carries no traceback is
known at that moment only.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trueloop.diagnostics.places import Place

_SWEEP_FROM = 1000


class _Failure(NamedTuple):
    future: weakref.ref[Any]
    set_at: Place | None


class Failures:
    """All failures of one process whose futures may still be alive."""

    def __init__(self) -> None:
        # By identity. An address is used again only after its future died, and the next future
        # there that fails replaces the entry: so at the time a future's finaliser runs (when its
        # weak references may be dead already), the entry at its address is its own.
        self._by_id: dict[int, _Failure] = {}
        self._sweep_at = _SWEEP_FROM

    def add(self, future: Any, set_at: Place | None = None) -> None:
        """Remember a future that has failed just now, and where it was given its exception."""
        if len(self._by_id) >= self._sweep_at:
            self._sweep()
        self._by_id[id(future)] = _Failure(weakref.ref(future), set_at)

    def set_at(self, future: Any) -> Place | None:
        """The line that gave the future its exception, if it was noted."""
        failure = self._by_id.get(id(future))
        return None if failure is None else failure.set_at

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
                del self._by_id[key]
        self._sweep_at = max(_SWEEP_FROM, 2 * len(self._by_id))
