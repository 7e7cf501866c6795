"""Programs that announce the findings they must give, in either of two forms.

A program of an outside corpus begins with `# expect:` lines; one of tests/diagnostics/cases/ says
`# finding: KIND` at the end of each guilty line. Knows nothing of tools.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from trueloop.diagnostics import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

EXPECTED = re.compile(r"^# expect: ([\w-]+)(?: lines?=([\d|-]+))?$", re.MULTILINE)
ALLOWED = re.compile(r"^# allow: (.*)$", re.MULTILINE)
ANNOUNCED = re.compile(r"#\s*finding:\s*([\w-]+(?:,\s*[\w-]+)*)\s*$")


@dataclass(frozen=True, slots=True)
class Bug:
    """A planted bug: its kind, and the lines a report of it may name."""

    kind: str
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Case:
    """One program.

    Attributes:
        path: Where it is.
        bugs: What it must be accused of; none for a clean program.
        allowed: Kinds about which one may differ: never counted for or against a tool.
    """

    path: Path
    bugs: tuple[Bug, ...]
    allowed: frozenset[str]

    @property
    def name(self) -> str:
        return self.path.stem


def read(folder: Path) -> list[Case]:
    """Return the programs of a folder, by name.

    Raises:
        ValueError: There are none, or one announces a kind that does not exist.
    """
    cases = [case for path in sorted(folder.glob("*.py")) for case in _cases(path)]
    if not cases:
        raise ValueError(f"no program in {folder} says what it expects")
    for case in cases:
        for bug in case.bugs:
            if bug.kind not in KINDS:
                raise ValueError(f"{case.name}: {bug.kind} is no kind of finding")
    return cases


def _cases(path: Path) -> Iterator[Case]:
    source = path.read_text()
    if headers := EXPECTED.findall(source):
        bugs = tuple(Bug(kind, _lines(where)) for kind, where in headers if kind != "nothing")
        allowed = {kind.strip() for line in ALLOWED.findall(source) for kind in line.split(",")}
        yield Case(path, bugs, frozenset(allowed))
        return
    announced = tuple(
        Bug(kind.strip(), frozenset({number}))
        for number, line in enumerate(source.splitlines(), 1)
        for match in [ANNOUNCED.search(line)]
        if match
        for kind in match[1].split(",")
    )
    if announced or path.stem.startswith("clean"):
        yield Case(path, announced, frozenset())


def _lines(where: str) -> frozenset[int]:
    spans = [span.partition("-") for span in where.split("|")]
    return frozenset(
        line for first, _, last in spans for line in range(int(first), int(last or first) + 1)
    )
