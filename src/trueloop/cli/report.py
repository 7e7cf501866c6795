"""Report: where the findings of one run go, and what is said of them at its end.

Law: the only place that writes to the terminal on trueloop's own behalf. Knows nothing of the
program and of how it is run.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from typing import TYPE_CHECKING

from trueloop import diagnostics, notice
from trueloop.diagnostics import Severity, files, sinks
from trueloop.diagnostics.terminal import Pen, shows_colours

if TYPE_CHECKING:
    from trueloop.diagnostics.ledger import Tally

_REPLACE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Report:
    """The findings of one run: text on standard error, JSON lines in a file, a summary."""

    def __init__(self, path: str | None, sarif: str | None = None, *, quiet: bool) -> None:
        """Begin to report.

        Args:
            path: the file for the JSON lines, which is replaced; None: no file.
            sarif: the file for everything at once as SARIF, at the end; None: no file.
            quiet: only findings: no summary at the end, and no notice.

        Raises:
            OSError: a file cannot be written; its name is the error's.
        """
        self._process = os.getpid()
        self._quiet = quiet
        # Without a standard error, descriptor 2 may be anything.
        self._text_fd = -1 if sys.stderr is None else 2
        self._json_fd = -1 if path is None else os.open(path, _REPLACE, 0o666)
        self._sarif = None if sarif is None else os.path.abspath(sarif)
        if sarif is not None:
            os.close(os.open(sarif, _REPLACE, 0o666))  # refused now rather than at the end
        self._text = sinks.TextSink(self._text_fd)
        diagnostics.remove_sink(diagnostics.default_sink)
        if self._text_fd >= 0:
            diagnostics.add_sink(self._text)
        if self._json_fd >= 0:
            diagnostics.add_sink(sinks.JsonLinesSink(self._json_fd, path))
        notice.tell_through(self._tell)
        # Registered before anything of the program's, and so called after all of that.
        atexit.register(self._sum_up)

    def announce_stalls(self) -> None:
        """Let the watch thread write too; only a finished `__main__` tells whose code is whose."""
        diagnostics.announce_stalls(self._text_fd, self._json_fd)

    def reaches_after_all(self, level: str) -> bool:
        """Whether any finding of the whole run is at least as bad as `level`.

        What is found in the program's threads counts, and in what it does at exit. So both happen
        now: the interpreter would wait for the threads next, and then call the same functions.
        """
        with contextlib.suppress(KeyboardInterrupt):  # it ends the wait, as in the interpreter
            threading._shutdown()  # type: ignore[attr-defined]
        atexit._run_exitfuncs()
        return diagnostics.ledger.reaches(Severity(level))

    def _tell(self, text: str) -> None:
        if not self._quiet and self._text_fd >= 0:
            files.write_whole(self._text_fd, f"{text}\n".encode())

    def _sum_up(self) -> None:
        if os.getpid() != self._process:
            return
        if self._sarif is not None:
            self._write_sarif(self._sarif)
        if self._text_fd >= 0:
            self._text.flush()
        if diagnostics.has_watched():
            tallies = diagnostics.ledger.tallies()
            if len(tallies) > 1:
                self._tell(table(tallies, Pen(coloured=shows_colours(self._text_fd))))
            text = diagnostics.ledger.summary()
        elif diagnostics.enabled():
            text = "nothing to watch: the program made no event loop, or one of its own choice"
        else:
            text = "diagnostics are off"
        self._tell(f"trueloop: {text}")

    def _write_sarif(self, path: str) -> None:
        import json

        from trueloop.cli.sarif import as_sarif  # rarely wanted

        text = json.dumps(as_sarif(diagnostics.findings()), indent=2, default=str)
        try:
            with open(path, "w", encoding="ascii") as file:
                file.write(f"{text}\n")
        except OSError as error:
            self._tell(f"trueloop: cannot write {path}: {error.strerror}")


def table(tallies: list[Tally], pen: Pen) -> str:
    """What was found, a line for each kind."""
    width = max(len(tally.kind) for tally in tallies)
    lines = []
    for kind, severity, places, occurrences in tallies:
        level = pen(str(severity), f"{severity:<9}")
        where = f"{places} place{'s' if places > 1 else ''},"
        times = "once" if occurrences == 1 else f"{occurrences} times"
        lines.append(f"  {level}{kind:<{width}}  {where:<12} seen {times}")
    return "\n".join(lines)
