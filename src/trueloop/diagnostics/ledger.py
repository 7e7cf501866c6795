"""Ledger: every finding of this process, once, with a count; and who is told.

Law: the only door between detectors and sinks. A detector hands in each thing it saw; the ledger
decides whether it is new, silenced, or a repetition, and calls the sinks. It never raises and never
waits for user code while it holds its lock.

A finding can be handed in anywhere, also by a finaliser that the garbage collector runs in the
middle of handing in another. Such an inner one is put in line and taken when the outer one is done.
"""

from __future__ import annotations

import collections
import dataclasses
import logging
import os
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.finding import Finding, Severity
    from trueloop.diagnostics.silencing import Silencing

    Sink = Callable[[Finding], None]

# Distinct places remembered. A program has fewer; generated code might not.
_MOST_ENTRIES = 10_000


class Ledger:
    """The findings of one process and the sinks they go to."""

    def __init__(self, silencing: Silencing) -> None:
        self._silencing = silencing
        self._sinks: tuple[Sink, ...] = ()
        self._entries: dict[tuple[object, ...], Finding] = {}
        self._silenced: dict[tuple[object, ...], Finding] = {}
        self._left_off = 0
        self._lock = threading.Lock()
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
        self._line.append((finding, written))
        if getattr(self._here, "busy", False):
            return
        self._here.busy = True
        try:
            while self._line:
                self._take(*self._line.popleft())
        except IndexError:  # another thread took the last one
            pass
        finally:
            self._here.busy = False

    def _take(self, finding: Finding, written: bool) -> None:
        key = finding.key
        silenced = key in self._silenced or (
            key not in self._entries and self._silencing.covers(finding)
        )
        with self._lock:
            entries = self._silenced if silenced else self._entries
            seen = entries.get(key)
            if seen is None and len(entries) >= _MOST_ENTRIES:
                self._left_off += 1
                return
            if seen is not None:
                finding = dataclasses.replace(finding, count=seen.count + finding.count)
            entries[key] = finding
            sinks = self._sinks
        if silenced or written or not is_power_of_ten(finding.count):
            return
        for sink in sinks:
            try:
                sink(finding)
            except Exception:
                logging.getLogger("trueloop").exception("the sink %r failed", sink)

    def findings(self) -> list[Finding]:
        """All findings so far that were not silenced, oldest place first, with their counts."""
        with self._lock:
            return list(self._entries.values())

    def reaches(self, level: Severity) -> bool:
        """Whether any finding that was not silenced is at least as bad as `level`."""
        return any(finding.severity.reaches(level) for finding in self.findings())

    def summary(self) -> str:
        """One line that says what was found, silenced ones included."""
        with self._lock:
            found = collections.Counter(finding.kind for finding in self._entries.values())
            silenced = len(self._silenced)
            left_off = self._left_off
        if found:
            total = sum(found.values())
            kinds = ", ".join(f"{count} {kind}" for kind, count in found.most_common())
            text = f"{total} finding{'s' if total > 1 else ''}: {kinds}"
        else:
            text = "no findings"
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
            self._left_off = 0

    def _fork(self) -> None:
        """In a forked child: the thread that held the lock may not exist here."""
        self._lock = threading.Lock()
        self._here = threading.local()


def is_power_of_ten(count: int) -> bool:
    """1, 10, 100, ...: the counts at which a finding is told."""
    while count >= 10 and count % 10 == 0:
        count //= 10
    return count == 1
