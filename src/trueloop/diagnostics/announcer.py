"""Announcer: writes a finding about a stall that does not end, while it lasts.

Law: for the watch in Python; the native watch writes its own, in the same words. It says a thing
once for each place, and nothing that was silenced.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from trueloop.diagnostics.finding import Finding, Severity
from trueloop.diagnostics.silencing import Rule, has_comment
from trueloop.diagnostics.sinks import JsonLinesSink, TextSink
from trueloop.diagnostics.stall import HINT, Frame, Held, Stall, dominating, own_samples

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


class Announcer:
    """Two file descriptors to write to, -1 for none, and what not to write about."""

    def __init__(
        self, text_fd: int, json_fd: int, silenced: Iterable[tuple[str | None, str | None]]
    ) -> None:
        self._sinks: list[Callable[[Finding], None]] = []
        if text_fd >= 0:
            self._sinks.append(TextSink(text_fd))
        if json_fd >= 0:
            self._sinks.append(JsonLinesSink(json_fd))
        self._rules = [Rule("blocked-loop", file, function) for file, function in silenced]

    def announce(
        self, stall: Stall, age_s: float, slow_s: float, told: set[tuple[str, int]]
    ) -> Frame | None:
        """Write what is known so far; the place that is blamed, or None if nothing was written.

        Args:
            stall: what was recorded of a step
            age_s: that has come to this age
            slow_s: and may take so long.
            told: places (file, line) not to be told again; the new one is added.
        """
        held = dominating(own_samples(stall), age_s)
        if held is None or not self._sinks or stall.is_debugged():
            return None
        finding = _so_far(held, age_s, slow_s, len(stall.samples))
        place = held.where.file, held.where.line
        if place in told or has_comment(finding) or any(r.covers(finding) for r in self._rules):
            return None
        told.add(place)
        for sink in self._sinks:
            sink(finding)
        return Frame(*held.where)


def _so_far(held: Held, age_s: float, slow_s: float, samples: int) -> Finding:
    return Finding(
        kind="blocked-loop",
        severity=Severity.ERROR,
        message=(
            f"{held.where.function} has held the loop for {age_s:.3g} s so far "
            f"(allowed: {slow_s:.3g} s); nothing else can run"
        ),
        hint=HINT,
        time=time.time(),
        where=held.where,
        stack=held.stack,
        details={
            "duration_s": round(age_s, 6),
            "threshold_s": slow_s,
            "at_this_line_s": round(held.held_s, 6),
            "samples": samples,
        },
    )
