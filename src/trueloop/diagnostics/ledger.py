"""Ledger: every finding of this process, once, with a count; and who is told.

Law: the only door between detectors and sinks. A detector hands in each thing it saw; the ledger
decides whether it is new, silenced, or a repetition, and calls the sinks. It never raises and never
waits for user code while it holds its lock. What it keeps is bounded, whatever a program does.

A finding can be handed in anywhere, also by a finaliser that the garbage collector runs in the
middle of handing in another. Such an inner one is put in line and taken when the outer one is done.
One that is only counted is counted at once: that path is short, because a bug may happen a million
times a minute. A detector that asks `counted` first need not even build the finding.
"""

from __future__ import annotations

import collections
import dataclasses
import logging
import math
import os
import sys
import threading
from typing import TYPE_CHECKING, NamedTuple

from trueloop.diagnostics.finding import KINDS, Severity, key_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.finding import Finding
    from trueloop.diagnostics.places import Place
    from trueloop.diagnostics.silencing import Silencing

    Sink = Callable[[Finding], None]

# Distinct places remembered. A program has fewer; generated code might not.
_MOST_ENTRIES = 10_000


class Tally(NamedTuple):
    """How much of one kind was found: the worst severity, distinct places, occurrences."""

    kind: str
    severity: Severity
    places: int
    occurrences: int


class _Entry:
    """One place: the finding as it was told last, how often it happened, when to tell it again."""

    __slots__ = ("count", "finding", "told_next")

    def __init__(self, finding: Finding, told_next: float) -> None:
        self.finding = finding
        self.count = finding.count
        self.told_next = told_next


class Ledger:
    """The findings of one process and the sinks they go to."""

    def __init__(self, silencing: Silencing) -> None:
        self._silencing = silencing
        self._sinks: tuple[Sink, ...] = ()
        self._entries: dict[tuple[object, ...], _Entry] = {}
        self._silenced: dict[tuple[object, ...], _Entry] = {}
        self._left_off: collections.Counter[str] = collections.Counter()
        # Reentrant, for finalisers. What it guards is whole again before any of them can run.
        self._lock = threading.RLock()
        self._line: collections.deque[tuple[Finding, bool]] = collections.deque()
        self._here = threading.local()
        if sys.platform != "win32":
            os.register_at_fork(after_in_child=self._fork)

    # -- sinks

    def add_sink(self, sink: Sink) -> None:
        """Call sink(finding) for each new finding, and again when its count is 10, 100, ..."""
        with self._lock:
            self._sinks = (*self._sinks, sink)

    def remove_sink(self, sink: Sink) -> None:
        """Forget a sink. Raises ValueError if it is not one."""
        with self._lock:
            if sink not in self._sinks:
                raise ValueError(f"{sink!r} is not a sink")
            self._sinks = tuple(other for other in self._sinks if other != sink)

    # -- findings

    def record(self, finding: Finding, *, written: bool = False) -> None:
        """Take in what a detector saw. `written`: it has been told already, only count it."""
        if self._count(finding.key, finding.count):
            return
        self._line.append((finding, written))
        if getattr(self._here, "busy", False):
            return
        self._here.busy = True
        try:
            while self._line:
                try:
                    item = self._line.popleft()
                except IndexError:  # another thread took the last one
                    break
                self._take(*item)
        finally:
            self._here.busy = False

    def repeat(self, kind: str, where: Place) -> bool:
        """Count one more finding of a place that is known already, if nobody need be told of it.

        False: nothing was counted; the finding is to be built, and recorded.
        """
        return self._count(key_of(kind, where), 1)

    def _count(self, key: tuple[object, ...], count: int) -> bool:
        """Count what need not be told. False if there is more to do: it is new, or its 10th, ..."""
        entry = self._silenced.get(key) or self._entries.get(key)
        if entry is None:
            if len(self._entries) + len(self._silenced) < _MOST_ENTRIES:
                return False
            with self._lock:
                self._left_off[str(key[0])] += count
            return True
        with self._lock:
            count += entry.count
            if count >= entry.told_next:
                return False
            entry.count = count
        return True

    def _take(self, finding: Finding, written: bool) -> None:
        key = finding.key
        silenced = self._silencing.covers(finding)  # reads files: not under the lock
        with self._lock:
            # Places that are silenced after they were told have an entry on each side.
            entries = self._silenced if silenced else self._entries
            entry = entries.get(key)
            if entry is None:
                told_next = math.inf if silenced else _next_power_of_ten(finding.count)
                entries[key] = _Entry(finding, told_next)
                told = not silenced
            else:
                entry.count += finding.count
                finding = dataclasses.replace(finding, count=entry.count)
                told = entry.count >= entry.told_next
                if told:
                    entry.finding = finding
                    entry.told_next = _next_power_of_ten(entry.count)
            sinks = self._sinks
        if written or not told:
            return
        for sink in sinks:
            try:
                sink(finding)
            except Exception:
                logging.getLogger("trueloop").exception("the sink %r failed", sink)

    def findings(self) -> list[Finding]:
        """All findings so far that were not silenced, oldest place first, with their counts.

        The evidence is that of the occurrence that was told last.
        """
        with self._lock:
            entries = list(self._entries.values())
        return [dataclasses.replace(entry.finding, count=entry.count) for entry in entries]

    def counters(self, *, silenced: bool = False) -> dict[str, int]:
        """Occurrences by kind, all kinds; of what was silenced, or of all the rest."""
        counts = dict.fromkeys(KINDS, 0)
        with self._lock:
            entries = list((self._silenced if silenced else self._entries).values())
            left_off = {} if silenced else dict(self._left_off)
        for entry in entries:
            kind = entry.finding.kind
            counts[kind] = counts.get(kind, 0) + entry.count
        for kind, count in left_off.items():
            counts[kind] = counts.get(kind, 0) + count
        return counts

    def reaches(self, level: Severity) -> bool:
        """Whether any finding that was not silenced is at least as bad as `level`."""
        with self._lock:
            entries = list(self._entries.values())
        return any(entry.finding.severity.reaches(level) for entry in entries)

    def tallies(self) -> list[Tally]:
        """What was found and not silenced, kind by kind, the one with the most places first."""
        with self._lock:
            entries = list(self._entries.values())
        tallies: dict[str, Tally] = {}
        for entry in entries:
            kind, severity = entry.finding.kind, entry.finding.severity
            sofar = tallies.get(kind, Tally(kind, severity, 0, 0))
            tallies[kind] = Tally(
                kind,
                severity if severity.reaches(sofar.severity) else sofar.severity,
                sofar.places + 1,
                sofar.occurrences + entry.count,
            )
        return sorted(tallies.values(), key=lambda tally: -tally.places)

    def summary(self) -> str:
        """One line that says what was found, silenced ones included."""
        tallies = self.tallies()
        if tallies:
            total = sum(tally.places for tally in tallies)
            kinds = ", ".join(f"{tally.places} {tally.kind}" for tally in tallies)
            text = f"{total} finding{'s' if total > 1 else ''}: {kinds}"
        else:
            text = "no findings"
        with self._lock:
            silenced = len(self._silenced)
            left_off = self._left_off.total()
        if silenced:
            text += f"; {silenced} more silenced"
        if left_off:
            text += f"; {left_off} not told apart any more"
        return text

    def clear(self) -> None:
        """Forget all findings; sinks and silencing stay."""
        with self._lock:
            self._entries.clear()
            self._silenced.clear()
            self._left_off.clear()

    def _fork(self) -> None:
        """In a forked child: the thread that held the lock may not exist here."""
        self._lock = threading.RLock()
        self._here = threading.local()


def counted(record: Callable[..., None], kind: str, where: Place | None) -> bool:
    """Whether a repetition at a known place has been counted, so that there is nothing to record.

    For detectors, which know a ledger only as the function they hand their findings to. Any other
    function is one for which nothing is known beforehand.
    """
    ledger = getattr(record, "__self__", None)
    return where is not None and isinstance(ledger, Ledger) and ledger.repeat(kind, where)


def _next_power_of_ten(count: int) -> int:
    """The count at which a finding is told again: 10, 100, ..."""
    power = 10
    while power <= count:
        power *= 10
    return power
