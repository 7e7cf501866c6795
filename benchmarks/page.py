"""Markdown pages: a table, and what a program writes between two marker comments."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

NOTHING = "-"  # what a cell says where there is no figure


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns also line up in a terminal."""
    cells = [list(head), *map(list, lines)]
    widths = [max(3, *(len(line[column]) for line in cells)) for column in range(len(head))]

    def drawn(line: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return f"| {' | '.join([first, *rest])} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([drawn(cells[0]), drawn(rule), *map(drawn, cells[1:])])


def put_between(begin: str, end: str, page: Path, text: str) -> None:
    """Replace what stands between two marker comments of a page.

    Raises:
        ValueError: The page does not have the one followed by the other.
    """
    before, found_begin, rest = page.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"{page.name} has no line {begin} followed by a line {end}.")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")
