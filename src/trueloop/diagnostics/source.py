"""Source: lines of the program's own files, for excerpts and for comments that silence.

Law: never fails, never blocks and never reads a large file; what cannot be read is as good as
empty. A name that a code object bears need not be a file: it may be a pipe the program came
through, a device, or an entry that somebody put into linecache.
"""

from __future__ import annotations

import io
import linecache
import stat
import tokenize

from trueloop.diagnostics import files

# Generated code, mostly. Reading it would hold up the program, and keep it all in linecache.
_LARGEST = 4 * 1024 * 1024


# By name of the file; those that linecache knows already are not read again.
_files: dict[str, list[str]] = {}
_MOST_FILES = 100


def line(file: str, number: int) -> str:
    """The line of that number (from 1) without its end; empty if it cannot be had."""
    known = lines(file)
    return known[number - 1].rstrip("\r\n\f\v") if 0 < number <= len(known) else ""


def lines(file: str) -> list[str]:
    """All lines of a file, with their ends; none if it cannot be read, or had better not be."""
    try:
        cached = linecache.cache.get(file)
        if cached is not None and len(cached) > 1:
            return cached[2]
        known = _files.get(file)
        if known is None:
            if len(_files) >= _MOST_FILES:
                _files.clear()
            known = _files[file] = _read(file)
    except Exception:  # a null byte in the name, a loader of the program's own, a dying interpreter
        return []
    return known


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


def _read(file: str) -> list[str]:
    try:
        status = files.stat(file)
    except (OSError, ValueError):  # no file: a loader of the program's own may know it
        return linecache.getlines(file)
    if not stat.S_ISREG(status.st_mode) or status.st_size > _LARGEST:
        return []
    text = files.contents(file)
    encoding, _ = tokenize.detect_encoding(io.BytesIO(text).readline)
    return io.StringIO(text.decode(encoding, "replace"), newline=None).readlines()
