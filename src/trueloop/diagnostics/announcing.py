"""Announcing: what the watch thread may say by itself about a stall that does not end.

Law: tells the watch where to write and what to leave out; says nothing itself. While a loop is
blocked for good no Python code runs that could report it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trueloop.diagnostics import watching
from trueloop.diagnostics.places import library_prefixes

if TYPE_CHECKING:
    from trueloop.diagnostics.silencing import Silencing


class Announcing:
    """Keeps the watch informed of where to write and of what is silenced."""

    def __init__(self, silencing: Silencing) -> None:
        self._silencing = silencing
        self._text_fd = -1
        self._json_fd = -1

    def write_to(self, text_fd: int, json_fd: int) -> None:
        """Let long stalls be written to these file descriptors; -1: nowhere."""
        self._text_fd, self._json_fd = text_fd, json_fd
        self.refresh()

    def refresh(self) -> None:
        """The rules of silencing have changed."""
        if self._text_fd < 0 and self._json_fd < 0:
            return
        from trueloop.diagnostics.terminal import shows_colours  # rarely needed

        watching.announce(
            self._text_fd,
            self._json_fd,
            library_prefixes=library_prefixes(),
            silenced=[
                (rule.file, rule.function)
                for rule in self._silencing.rules()
                if rule.kind == "blocked-loop"
            ],
            coloured=self._text_fd >= 0 and shows_colours(self._text_fd),
        )
