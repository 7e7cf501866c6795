"""Tape: bytes read as decisions.

Law: any bytes are a valid program, and a small change of the bytes is a small change of the
program: that is what lets a search by mutation make progress. A tape that is used up answers 0.
"""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Tape:
    """What decides in a run."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    @property
    def is_over(self) -> bool:
        return self._at >= len(self._data)

    def below(self, limit: int) -> int:
        """A number from 0 to limit - 1."""
        if self.is_over:
            return 0
        self._at += 1
        return self._data[self._at - 1] % limit

    def one_of(self, choices: Sequence[T]) -> T:
        """One of them, which must not be empty."""
        return choices[self.below(len(choices))]
