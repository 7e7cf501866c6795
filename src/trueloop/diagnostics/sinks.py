"""Sinks: where findings go. A sink is any callable that takes a Finding.

Law: each finding leaves in one write, so that those of several threads and processes do not mix,
and so that a run that is killed leaves all it had found. A sink may be called on any thread, inside
a loop's step, and while the interpreter shuts down. What people read has a pace; the JSON report is
complete.
"""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics.files import write_whole
from trueloop.diagnostics.finding import Severity
from trueloop.diagnostics.pace import Pace

if TYPE_CHECKING:
    from trueloop.diagnostics.finding import Finding

__all__ = ["JsonLinesSink", "LoggerSink", "TextSink"]

# From this count on it is a repetition, and was told in full before.
_REPEATED = 10


class TextSink:
    """Readable text on a file descriptor; coloured if that is a terminal."""

    def __init__(self, fd: int, *, pace: Pace | None = None) -> None:
        # A service that has only its log need not load these.
        from trueloop.diagnostics import terminal, text

        self._fd = fd
        self._pen = terminal.Pen(coloured=terminal.shows_colours(fd))
        self._as_text, self._as_brief_text = text.as_text, text.as_brief_text
        self._pace = pace or Pace()

    def __call__(self, finding: Finding) -> None:
        """Write the finding, unless there are too many."""
        if self._pace.admits():
            self.flush()
            compose = self._as_text if finding.count < _REPEATED else self._as_brief_text
            self._write(compose(finding, self._pen))

    def flush(self) -> None:
        """Say how many findings were held back and not told of yet."""
        held_back = self._pace.take_held_back()
        if held_back is not None:
            self._write(f"trueloop: {held_back}\n")

    def _write(self, text: str) -> None:
        write_whole(self._fd, text.encode("utf-8", "backslashreplace"))


class JsonLinesSink:
    """One JSON object per line on a file descriptor that was opened for appending.

    A program that becomes a daemon closes every descriptor it finds, and may get the same number
    again for a file of its own. What is there now is looked at before each line is written.
    """

    def __init__(self, fd: int, path: str | None = None) -> None:
        """`path`: of the file, to open it again; None: what is closed stays closed."""
        self._fd = fd
        self._path = None if path is None else os.path.abspath(path)
        self._file = _identity(fd)

    def __call__(self, finding: Finding) -> None:
        """Write the finding."""
        if _identity(self._fd) != self._file and not self._open_again():
            return
        write_whole(self._fd, finding.as_json().encode("ascii") + b"\n")

    def _open_again(self) -> bool:
        if self._path is None:
            return False
        try:
            self._fd = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o666)
        except OSError:
            return False
        self._file = _identity(self._fd)
        return True


class LoggerSink:
    """The `trueloop` logger: errors as ERROR, warnings as WARNING.

    The record's place (%(pathname)s, %(lineno)d, %(funcName)s) is the line to look at. For
    structured logs it has flat attributes trueloop_kind, trueloop_file, trueloop_line and so on,
    and `finding`, the JSON form as a dict.
    """

    def __init__(self, *, pace: Pace | None = None) -> None:
        self._logger = logging.getLogger("trueloop")
        self._pace = pace or Pace()

    def __call__(self, finding: Finding) -> None:
        """Log the finding, unless there are too many."""
        level = logging.ERROR if finding.severity is Severity.ERROR else logging.WARNING
        logger, where = self._logger, finding.where
        if not logger.isEnabledFor(level) or not self._pace.admits():
            return
        self.flush()
        at = "" if where is None else f" [{where}]"
        times = "" if finding.count == 1 else f" ({finding.count} times)"
        file, line, function = ("(unknown file)", 0, None) if where is None else where
        logger.handle(
            logger.makeRecord(
                logger.name,
                level,
                file,
                line,
                "%s: %s%s%s. %s",
                (finding.kind, finding.message, times, at, finding.hint),
                None,
                function,
                as_extra(finding),
            )
        )

    def flush(self) -> None:
        """Say how many findings were held back and not told of yet."""
        held_back = self._pace.take_held_back()
        if held_back is not None:
            self._logger.warning("%s", held_back)


def _identity(fd: int) -> tuple[int, int] | None:
    """Which file is open under this number; None if none is."""
    try:
        status = os.fstat(fd)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def as_extra(finding: Finding) -> dict[str, Any]:
    """The attributes of a log record: flat, of plain types, with names that JSON formatters keep.

    Numbers of `details` appear under their names too: trueloop_duration_s.
    """
    file, line, function = (None, None, None) if finding.where is None else finding.where
    flat = {
        **finding.details,
        "kind": finding.kind,
        "severity": str(finding.severity),
        "message": finding.message,
        "hint": finding.hint,
        "count": finding.count,
        "task": finding.task,
        "file": file,
        "line": line,
        "function": function,
    }
    return {f"trueloop_{name}": value for name, value in flat.items()} | {
        "finding": finding.as_dict()
    }
