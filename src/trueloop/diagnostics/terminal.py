"""Terminal: whether a descriptor is one that shows colours, and how it is told to.

Law: follows the interpreter (the variables that CPython 3.13 heeds, in its order), so that a run
has colours in its tracebacks and in its findings, or in neither.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CODES = {
    "error": "1;31",
    "warning": "1;33",
    "strong": "1",
    "frame": "34",
    "guilty": "1",
    "advice": "36",
    "faint": "2",
}


def shows_colours(fd: int, environment: Mapping[str, str] | None = None) -> bool:
    """Whether text written to this descriptor should be coloured.

    PYTHON_COLORS=0 or 1 decides; then NO_COLOR, then FORCE_COLOR, if not empty; else it is if the
    descriptor is a terminal and TERM is not `dumb`.
    """
    known = os.environ if environment is None else environment
    if not sys.flags.ignore_environment and known.get("PYTHON_COLORS") in ("0", "1"):
        return known["PYTHON_COLORS"] == "1"
    if known.get("NO_COLOR"):
        return False
    if known.get("FORCE_COLOR"):
        return True
    if known.get("TERM") == "dumb":
        return False
    try:
        # A Windows console understands these codes only after it was asked to.
        return sys.platform != "win32" and os.isatty(fd)
    except OSError:
        return False


class Pen:
    """Writes plain text or coloured text."""

    def __init__(self, *, coloured: bool) -> None:
        self._coloured = coloured

    def __call__(self, style: str, text: str) -> str:
        """`text` in one of the styles, which are named by what they are for."""
        return f"\x1b[{_CODES[style]}m{text}\x1b[0m" if self._coloured and text else text


PLAIN = Pen(coloured=False)
