"""Pace: how many findings per second a person, or a log, is told of.

Law: decides and counts; what was held back is not lost, because the ledger has it and the JSON
report gets everything. Takes no lock: sinks are called on any thread and in forked children, and a
race costs at most one finding more or less.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Pace:
    """Admits `burst` findings at once, and `per_s` of them in each second after that."""

    def __init__(
        self, burst: int = 100, per_s: float = 10.0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._burst = burst
        self._per_s = per_s
        self._clock = clock
        self._left = float(burst)
        self._looked_at = clock()
        self._held_back = 0

    def admits(self) -> bool:
        """Whether one more may be told now; if not, it is counted as held back."""
        now = self._clock()
        self._left = min(self._burst, self._left + (now - self._looked_at) * self._per_s)
        self._looked_at = now
        if self._left < 1:
            self._held_back += 1
            return False
        self._left -= 1
        return True

    def take_held_back(self) -> str | None:
        """A sentence on how many were held back since the last call; None if none was."""
        count, self._held_back = self._held_back, 0
        if not count:
            return None
        were = "finding was" if count == 1 else "findings were"
        return (
            f"{count} more {were} held back, because there were too many at once; "
            "a report in JSON has them all, and so has trueloop.diagnostics.findings()"
        )
