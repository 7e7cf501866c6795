"""Source: lines of the program's own files, for excerpts and for comments that silence.

Law: never fails, never blocks and never reads a large file; what cannot be read is as good as
empty. A name that a code object bears need not be a file: it may be a pipe the program came
through, a device, or an entry that somebody put into linecache.
"""

from __future__ import annotations

import linecache
import os
import stat

# Generated code, mostly. Reading it would hold up the program, and keep it all in linecache.
_LARGEST = 4 * 1024 * 1024


def line(file: str, number: int) -> str:
    """The line of that number (from 1) without its end; empty if it cannot be had."""
    if number < 1 or not _is_readable(file):
        return ""
    try:
        return linecache.getline(file, number).rstrip("\r\n\f\v")
    except Exception:  # a null byte in the name, a loader of the program's own, a dying interpreter
        return ""


def around(file: str, number: int, before: int, after: int) -> list[tuple[int, str]]:
    """(number, text) of a line and of those around it, without blank ones at either end.

    Empty if the line itself cannot be had, or is blank.
    """
    if not line(file, number).strip():
        return []
    lines = [
        (each, line(file, each)) for each in range(max(1, number - before), number + after + 1)
    ]
    while not lines[0][1].strip():
        del lines[0]
    while not lines[-1][1].strip():
        del lines[-1]
    return lines


def _is_readable(file: str) -> bool:
    """Whether it is a file of moderate size, or no file at all: then linecache may still know."""
    if file in linecache.cache:
        return True
    try:
        status = os.stat(file)
    except (OSError, ValueError):
        return True
    return stat.S_ISREG(status.st_mode) and status.st_size <= _LARGEST
