"""Turns a results file into what people read: `python -m benchmarks.report FILE`.

The figures and the charts of README and docs come from here alone. With `--into PAGE` the text
replaces what stands between the page's two marker comments; with `--charts FOLDER` the charts are
drawn there, and the text shows them.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import tables
from benchmarks.charts import charts
from benchmarks.page import put_between
from benchmarks.results import Results

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

BEGIN = "<!-- bench:start -->"
END = "<!-- bench:end -->"


FORMS = ("complete", "short", "promised")


def draw(results: Results, folder: Path, page: Path | None) -> dict[str, str]:
    """Write the charts into the folder; return their addresses as seen from the page, by name."""
    folder.mkdir(parents=True, exist_ok=True)
    here = page.parent if page else Path()
    addresses = {}
    for name, picture in charts(results).items():
        (folder / name).write_text(picture)
        addresses[name] = Path(os.path.relpath(folder / name, here)).as_posix()
    return addresses


def written(results: Results, form: str, images: Mapping[str, str]) -> str:
    """Return the text in that form."""
    if form == "promised":
        return tables.promised(results)
    return (tables.short if form == "short" else tables.complete)(results, images)


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("results", type=Path, help="a file that python -m benchmarks wrote")
    parser.add_argument(
        "--form",
        choices=FORMS,
        default=FORMS[0],
        help="every section, or what a front page shows, or a table of the rows with a promise",
    )
    parser.add_argument("--into", type=Path, metavar="PAGE", help="rewrite that page's text")
    parser.add_argument("--charts", type=Path, metavar="FOLDER", help="draw the charts there")
    options = parser.parse_args(given)
    results = Results.load(options.results)
    images = draw(results, options.charts, options.into) if options.charts else {}
    text = written(results, options.form, images)
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
