"""Files: what diagnostics read and write, by functions that nobody can take away.

Law: small files, whole. There are tools that make every blocking call in a loop fail, by putting
functions of their own into the module os and into the methods of files. They mean the program's
calls: so the functions are taken by name, when trueloop is imported, and no file object is used.
"""

from __future__ import annotations

import os
from os import close, read, stat, write
from os import open as open_file

__all__ = ["contents", "stat", "write_whole"]


def contents(path: str) -> bytes:
    """The bytes of a file. Raises OSError."""
    descriptor = open_file(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))
    try:
        parts = []
        while part := read(descriptor, 65536):
            parts.append(part)
    finally:
        close(descriptor)
    return b"".join(parts)


def write_whole(fd: int, data: bytes) -> None:
    """Write `data` in one piece; whatever the descriptor refuses is lost, without an error."""
    try:
        written = write(fd, data)
        while 0 < written < len(data):  # a full pipe or disk took a part: try the rest
            data = data[written:]
            written = write(fd, data)
    except OSError:
        pass
