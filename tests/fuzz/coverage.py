"""Coverage: what a run has reached in native code, if that was built to say so.

Law: the counting is coverage.c's; without it every run has brought news, with it only some.
"""

import contextlib
import ctypes
from collections.abc import Iterator


class Coverage:
    """What all runs of this process have reached."""

    def __init__(self) -> None:
        library = ctypes.CDLL(None)
        self.is_there = hasattr(library, "coverage_news")
        if self.is_there:
            self._library = library
            self._counts = ctypes.c_int.in_dll(library, "coverage_counts")

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Count what runs inside."""
        if not self.is_there:
            yield
            return
        self._library.coverage_forget()
        self._counts.value = 1
        try:
            yield
        finally:
            self._counts.value = 0

    def news(self) -> int:
        """How many places the last run reached that none had before."""
        return int(self._library.coverage_news()) if self.is_there else 0

    def reached(self) -> int:
        """How many places all runs have reached."""
        return int(self._library.coverage_reached()) if self.is_there else 0
