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

from trueloop import diagnostics, notice
from trueloop.diagnostics import Severity, sinks

_REPLACE = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND


class Report:
    """The findings of one run: text on standard error, JSON lines in a file, a summary."""

    def __init__(self, path: str | None, *, quiet: bool) -> None:
        """Begin to report.

        Args:
            path: the file for the JSON lines, which is replaced; None: no file.
            quiet: only findings: no summary at the end, and no notice.

        Raises:
            OSError: the file cannot be written.
        """
        self._process = os.getpid()
        self._quiet = quiet
        # Without a standard error, descriptor 2 may be anything.
        self._text_fd = -1 if sys.stderr is None else 2
        self._json_fd = -1 if path is None else os.open(path, _REPLACE, 0o666)
        diagnostics.remove_sink(diagnostics.default_sink)
        if self._text_fd >= 0:
            diagnostics.add_sink(sinks.TextSink(self._text_fd))
        if self._json_fd >= 0:
            diagnostics.add_sink(sinks.JsonLinesSink(self._json_fd))
        notice.tell_through(self._tell)
        # Registered before anything of the program's, and so called after all of that.
        atexit.register(self._sum_up)

    def announce_stalls(self) -> None:
        """Let the watch thread write too; only a finished `__main__` tells whose code is whose."""
        diagnostics.announce_stalls(self._text_fd, self._json_fd)

    def reaches_after_all(self, level: str) -> bool:
        """Whether any finding of the whole run is at least as bad as `level`.

        The program's threads are waited for first, as the interpreter would do next anyway: what
        is found in them counts.
        """
        with contextlib.suppress(KeyboardInterrupt):  # it ends the wait, as in the interpreter
            threading._shutdown()  # type: ignore[attr-defined]
        diagnostics.program_ends()
        return diagnostics.ledger.reaches(Severity(level))

    def _tell(self, text: str) -> None:
        if not self._quiet and self._text_fd >= 0:
            sinks.write_whole(self._text_fd, f"{text}\n".encode())

    def _sum_up(self) -> None:
        if os.getpid() != self._process:
            return
        if diagnostics.has_watched():
            text = diagnostics.ledger.summary()
        elif diagnostics.enabled():
            text = "nothing to watch: the program made no event loop, or one of its own choice"
        else:
            text = "diagnostics are off"
        self._tell(f"trueloop: {text}")
