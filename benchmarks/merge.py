"""Puts pieces of a long run together: `python -m benchmarks.merge WHOLE PIECE...`.

WHOLE is written in the order of the suite; a piece adds rows, or rounds to rows that an earlier one
has. All must come from one Python, machine and commit.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.results import Results, Unlike
from benchmarks.suite import WORKLOADS

if TYPE_CHECKING:
    from collections.abc import Sequence


def merged(pieces: Sequence[Results]) -> Results:
    """Return all pieces as one, rows in the order of the suite.

    Raises:
        Unlike: Two of them do not belong together.
    """
    whole, *others = pieces
    for piece in others:
        whole.add(piece)
    order = {
        name: place
        for place, name in enumerate(row for w in WORKLOADS.values() for row in w.rows())
    }
    names = sorted(whole.rows, key=lambda name: order.get(name, len(order)))
    whole.rows = {name: whole.rows[name] for name in names}
    return whole


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.merge", description=__doc__)
    parser.add_argument("whole", type=Path, help="the results file to write")
    parser.add_argument("pieces", type=Path, nargs="+", help="results files of single runs")
    options = parser.parse_args(given)
    try:
        merged([Results.load(piece) for piece in options.pieces]).save(options.whole)
    except Unlike as reason:
        print(f"These do not belong together: {reason}.", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(command())
