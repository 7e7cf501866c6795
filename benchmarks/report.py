"""Turns a results file into what people read: `python -m benchmarks.report FILE`.

The README's and the docs' figures come from here alone. With `--into PAGE` the text replaces what
stands between the page's two marker comments.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import tables
from benchmarks.page import put_between
from benchmarks.results import Results

if TYPE_CHECKING:
    from collections.abc import Sequence

BEGIN = "<!-- bench:start -->"
END = "<!-- bench:end -->"


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("results", type=Path, help="a file that python -m benchmarks wrote")
    parser.add_argument("--promised", action="store_true", help="only rows with a promise")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="rewrite that page's text")
    options = parser.parse_args(given)
    results = Results.load(options.results)
    text = tables.promised(results) if options.promised else tables.sections(results)
    if options.into is None:
        print(text)
        return 0
    try:
        put_between(BEGIN, END, options.into, text)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(command())
