"""`trueloop explain KIND`: the page about a kind of finding, from the installed package.

Law: the pages are written in docs/findings/ of the source tree and nowhere else; building a wheel
copies them beside this package, and where it runs from its source tree they are read there.
"""

from __future__ import annotations

import argparse
import difflib
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from trueloop.cli import ruff
from trueloop.cli.kinds import IN_SHORT
from trueloop.diagnostics.finding import is_static

if TYPE_CHECKING:
    from collections.abc import Sequence

UNKNOWN = 2

_HERE = Path(__file__).resolve()
_FOLDERS = (_HERE.parents[1] / "findings", _HERE.parents[3] / "docs" / "findings")


def main(arguments: Sequence[str]) -> int:
    """Print the page; the exit status, 2 if there is no such kind."""
    parser = argparse.ArgumentParser(
        prog="trueloop explain", description="Print the page about a kind of finding."
    )
    parser.add_argument("kind", metavar="KIND", help="as `trueloop kinds` lists them, or a rule")
    kind = parser.parse_args(arguments).kind
    if is_static(kind):
        return _explain_rule(kind)
    text = page(kind)
    if text is None:
        print(f"trueloop explain: error: {_why_not(kind)}", file=sys.stderr)
        return UNKNOWN
    print(text, end="")
    return 0


def page(kind: str) -> str | None:
    """The page of a kind, in Markdown; None if there is none."""
    if kind not in IN_SHORT:
        return None
    for folder in _FOLDERS:
        try:
            return (folder / f"{kind}.md").read_text(encoding="utf-8")
        except OSError:
            continue
    return None


def _why_not(kind: str) -> str:
    if kind in IN_SHORT:
        return f"the page about {kind} is not installed"
    close = difflib.get_close_matches(kind, IN_SHORT, n=1, cutoff=0.5)
    guess = f"; did you mean {close[0]}?" if close else ""
    return f"there is no kind {kind!r}{guess} (`trueloop kinds` lists them)"


def _explain_rule(code: str) -> int:
    """What ruff itself says of a rule that `trueloop check` has applied."""
    try:
        return subprocess.run([*ruff.command(), "rule", code], check=False).returncode
    except ruff.NoRuff as problem:
        print(f"trueloop explain: error: {problem}", file=sys.stderr)
        return UNKNOWN
