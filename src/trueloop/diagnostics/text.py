"""Text: a finding as a person at a terminal reads it.

Law: plain string work. Whatever a program puts into a name, a message or a line of source, no
control character of it reaches the terminal. The native watch writes the same form (announce.c).

    trueloop: error[blocked-loop]: fetch held the loop for 0.3 s (allowed: 0.1 s); ...
      --> app.py:6 in fetch
        |
      5 | def fetch(url):
    > 6 |     time.sleep(0.3)
      7 |     return url
        |
      ::: called from: app.py:12 in main
     12 |     print(fetch("https://example.org"))
        |
        = hint: Await an asynchronous equivalent, or ...
        = docs: trueloop explain blocked-loop
"""

from __future__ import annotations

import os
import re
from collections import Counter
from itertools import islice
from typing import TYPE_CHECKING

from trueloop.diagnostics import source
from trueloop.diagnostics.places import is_user
from trueloop.diagnostics.terminal import PLAIN

if TYPE_CHECKING:
    from trueloop.diagnostics.finding import Finding
    from trueloop.diagnostics.places import Place
    from trueloop.diagnostics.terminal import Pen

_BEFORE, _AFTER = 2, 1
_MOST_CALLERS = 6
_MOST_RELATED = 12
_LONGEST_LINE = 120

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


def _start_directory() -> str:
    try:
        return os.path.join(os.getcwd(), "")
    except OSError:  # it was removed
        return os.sep


# Whoever started the program reads its output there, wherever the program goes.
_START = _start_directory()


def as_text(finding: Finding, pen: Pen = PLAIN) -> str:
    """The finding for a person at a terminal; several lines."""
    return _Composition(finding, pen).text()


def as_brief_text(finding: Finding, pen: Pen = PLAIN) -> str:
    """The finding for somebody who has read it in full before: what, where and how often."""
    return _Composition(finding, pen).brief()


def relative(file: str) -> str:
    """The file's name, relative if it lies below the directory the process was started in."""
    is_below = len(_START) > len(os.sep) and file.startswith(_START)
    return file[len(_START) :] if is_below else file


class _Composition:
    """The lines of one finding's text; in their margin stand line numbers of one width."""

    def __init__(self, finding: Finding, pen: Pen) -> None:
        self._finding = finding
        self._pen = pen
        where = finding.where
        self._lines = [] if where is None else source.around(*where[:2], _BEFORE, _AFTER)
        # Each with how often it is there: ten workers may wait at one line.
        self._others = [("called from", place, 1) for place in _callers(finding)]
        related = Counter((other.role, other.place) for other in finding.related)
        shown = islice(related.items(), _MOST_RELATED)
        self._others += [(role, place, times) for (role, place), times in shown]
        self._left_off = len(related) - _MOST_RELATED
        numbers = [number for number, _ in self._lines]
        numbers += [place.line for _, place, _ in self._others]
        self._width = len(str(max(numbers, default=0)))

    def brief(self) -> str:
        """The first lines."""
        return "\n".join(self._head()) + "\n"

    def text(self) -> str:
        """All lines."""
        finding, where = self._finding, self._finding.where
        lines = self._head()
        if self._lines:
            lines.append(self._margin("|"))
            guilty = None if where is None else where.line
            for number, text in self._lines:
                lines.append(self._source(number, text, guilty=number == guilty))
        if self._others and self._lines:
            lines.append(self._margin("|"))
        for role, place, times in self._others:
            line = f"{self._margin(':::')} {_shown(role)}: {_shown_place(place)}"
            lines.append(line if times == 1 else f"{line} ({times} times)")
            text = source.line(place.file, place.line).strip()
            lines += [self._source(place.line, f"    {text}")] if text else []
        if self._left_off > 0:
            lines.append(f"{self._margin(':::')} and {self._left_off} more")
        if len(lines) > 1:
            lines.append(self._margin("|"))
        docs = finding.details.get("docs", f"trueloop explain {finding.kind}")
        for name, text in (("hint", finding.hint), ("docs", str(docs))):
            if text:
                name = self._pen("advice", name)
                lines.append(f"{self._margin('=')} {name}: {_shown_lines(text)}")
        return "\n".join(lines) + "\n"

    def _head(self) -> list[str]:
        finding, where = self._finding, self._finding.where
        message = _shown_lines(finding.message)
        times = "" if finding.count == 1 else f" (seen {finding.count} times)"
        level = self._pen(str(finding.severity), f"{finding.severity}[{finding.kind}]")
        lines = [f"trueloop: {level}: {self._pen('strong', message + times)}"]
        if where is not None:
            lines.append(f"{self._margin('-->')} {_shown_place(where)}")
        return lines

    def _margin(self, mark: str) -> str:
        """What stands left of a line that is no source; the mark ends where `|` does."""
        return " " * (self._width + 4 - len(mark)) + self._pen("frame", mark)

    def _source(self, number: int, text: str, *, guilty: bool = False) -> str:
        mark, text = (">" if guilty else " "), _shown_source(text)
        if guilty:
            mark, text = self._pen("error", mark), self._pen("strong", text)
        bar = self._pen("frame", f"{number:>{self._width}} |")
        return f"{mark} {bar} {text}".rstrip()


def _callers(finding: Finding) -> list[Place]:
    """What led to `where`, as far as it is the developer's own code; each line once in a row."""
    if finding.where is None or finding.where not in finding.stack:
        return []
    chain = [finding.where]
    for place in finding.stack[finding.stack.index(finding.where) + 1 :]:
        if is_user(place) and place[:2] != chain[-1][:2]:
            chain.append(place)
    return chain[1 : _MOST_CALLERS + 1]


def _shown_place(place: Place) -> str:
    return f"{_shown(relative(place.file))}:{place.line} in {_shown(place.function)}"


def _shown(text: str) -> str:
    return _CONTROL.sub(_escaped, text)


def _shown_lines(text: str) -> str:
    """Text of several lines; those after the first are set in."""
    return "\n    ".join(_shown(line) for line in text.split("\n"))


def _shown_source(text: str) -> str:
    text = _shown(text.expandtabs(4).rstrip())
    return text if len(text) <= _LONGEST_LINE else text[: _LONGEST_LINE - 3] + "..."


def _escaped(match: re.Match[str]) -> str:
    return f"\\x{ord(match[0]):02x}"
