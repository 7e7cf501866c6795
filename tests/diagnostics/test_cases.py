"""Each program in cases/ gives the findings that its own comments announce, and no other.

`# finding: KIND[, KIND]` stands at the end of the guilty line. A program without such a comment is
clean. `# needs: NAME` names an attribute of the watch's status, or of reachability, without which
the case says nothing.
"""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.diagnostics.caseruns import Runs, in_order
from trueloop.diagnostics import reachability, watch

CASES = in_order((Path(__file__).parent / "cases").glob("*.py"))


def chosen() -> list[Path]:
    """All cases on the oldest Python; half on the newest, a third of them on each one between.

    And an eighth under AddressSanitizer, where a program takes two seconds to start: it wants to
    see native code at work, and some of each kind show it that.
    """
    if "libasan" in os.environ.get("LD_PRELOAD", ""):
        return CASES[::8]
    has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    if sys.version_info[:2] >= (3, 15):
        return CASES[::2]
    third = {(3, 12): 0, (3, 13): 1, (3, 14): 2}.get(sys.version_info[:2]) if has_gil else 2
    return CASES if third is None else CASES[third::3]


NEEDS = re.compile(r"^# needs: (\w+)$", re.MULTILINE)
ANNOUNCED = re.compile(r"#\s*finding:\s*(.*)$")


def announced(source: str) -> set[tuple[str, int]]:
    """(kind, line) of each finding that the comments announce."""
    return {
        (kind.strip(), number)
        for number, line in enumerate(source.splitlines(), 1)
        for match in [ANNOUNCED.search(line)]
        if match
        for kind in match[1].split(",")
    }


@pytest.fixture(scope="module")
def runs(request, tmp_path_factory):
    """The findings of the cases that were asked for."""
    made = Runs(request.session.items, Path(__file__).name, tmp_path_factory.mktemp("cases"))
    yield made
    made.end()


@pytest.mark.parametrize("case", chosen(), ids=lambda case: case.stem)
def test_case_gives_the_findings_it_announces(case, runs):
    for need in NEEDS.findall(case.read_text()):
        if not (getattr(watch.status(), need, False) or getattr(reachability, need, False)):
            pytest.skip(f"{need} is false on this system")
    found = set()
    for finding in runs.findings(case):
        where = finding["where"]
        assert where is None or where["file"] == str(case), finding
        found.add((finding["kind"], where and where["line"]))
    assert found == announced(case.read_text())


def test_clean_cases_are_those_named_so():
    assert {case for case in CASES if case.stem.startswith("clean_")} == {
        case for case in CASES if not announced(case.read_text())
    }
