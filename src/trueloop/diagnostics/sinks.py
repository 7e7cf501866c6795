"""Sinks: where findings go. A sink is any callable that takes a Finding.

Law: each finding leaves in one write, so that those of several threads and processes do not mix,
and so that a run that is killed leaves all it had found. A sink may be called on any thread, inside
a loop's step, and while the interpreter shuts down.
"""

from __future__ import annotations

import linecache
import logging
import os
from typing import TYPE_CHECKING

from trueloop.diagnostics.finding import Severity
from trueloop.diagnostics.places import is_user

if TYPE_CHECKING:
    from trueloop.diagnostics.finding import Finding
    from trueloop.diagnostics.places import Place

_MOST_CALLERS = 6


class TextSink:
    """Readable text on a file descriptor."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __call__(self, finding: Finding) -> None:
        write_whole(self._fd, as_text(finding).encode("utf-8", "backslashreplace"))


class JsonLinesSink:
    """One JSON object per line on a file descriptor that was opened for appending."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def __call__(self, finding: Finding) -> None:
        write_whole(self._fd, finding.as_json().encode("ascii") + b"\n")


class LoggerSink:
    """The `trueloop` logger: errors as ERROR, warnings as WARNING.

    The record's `finding` attribute is the JSON form as a dict, for structured logs.
    """

    def __init__(self) -> None:
        self._logger = logging.getLogger("trueloop")

    def __call__(self, finding: Finding) -> None:
        level = logging.ERROR if finding.severity is Severity.ERROR else logging.WARNING
        where = "" if finding.where is None else f" [{finding.where}]"
        times = "" if finding.count == 1 else f" ({finding.count} times)"
        self._logger.log(
            level,
            "%s: %s%s%s. %s",
            finding.kind,
            finding.message,
            times,
            where,
            finding.hint,
            extra={"finding": finding.as_dict()},
        )


def write_whole(fd: int, data: bytes) -> None:
    """Write `data` in one piece; whatever the descriptor refuses is lost, without an error."""
    try:
        written = os.write(fd, data)
        while 0 < written < len(data):  # a full pipe or disk took a part: try the rest
            data = data[written:]
            written = os.write(fd, data)
    except OSError:
        pass


def as_text(finding: Finding) -> str:
    """The finding for a person at a terminal; several lines."""
    times = "" if finding.count == 1 else f" ({finding.count} times so far)"
    lines = [f"trueloop: {finding.severity}: {finding.kind}: {finding.message}{times}"]
    where = finding.where
    if where is not None:
        lines.append(f"  --> {where}")
        lines += _excerpt(where)
    lines += [f"      called from {place}" for place in _callers(finding)]
    lines += [f"      {other.role} at {other.place}" for other in finding.related]
    lines.append(f"  hint: {finding.hint}")
    return "\n".join(lines) + "\n"


def _excerpt(where: Place) -> list[str]:
    source = linecache.getline(where.file, where.line).strip()
    return [f"      {where.line} | {source}"] if source else []


def _callers(finding: Finding) -> tuple[Place, ...]:
    """What led to `where`, as far as it is the developer's own code."""
    if finding.where not in finding.stack:
        return ()
    outer = finding.stack[finding.stack.index(finding.where) + 1 :]
    return tuple(place for place in outer if is_user(place))[:_MOST_CALLERS]
