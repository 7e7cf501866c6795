"""Each program in cases/ gives the findings that its own comments announce, and no other.

`# finding: KIND[, KIND]` stands at the end of the guilty line. A program without such a comment is
clean. `# needs: NAME` names an attribute of the watch's status without which the case says nothing.
"""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from trueloop.diagnostics import watch

CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
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


def reported(case: Path, report: Path) -> set[tuple[str, int | None]]:
    """(kind, line) of each finding that trueloop reports of the program."""
    subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--quiet", "--report", report, case],
        cwd=report.parent,
        capture_output=True,
        timeout=60,
        check=False,
    )
    found = set()
    for line in report.read_text().splitlines():
        finding = json.loads(line)
        where = finding["where"]
        assert where is None or where["file"] == str(case), finding
        found.add((finding["kind"], where and where["line"]))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case_gives_the_findings_it_announces(case, tmp_path):
    for need in NEEDS.findall(case.read_text()):
        if not getattr(watch.status(), need):
            pytest.skip(f"the watch's {need} is false on this system")
    assert reported(case, tmp_path / "report.jsonl") == announced(case.read_text())


def test_clean_cases_are_those_named_so():
    assert {case for case in CASES if case.stem.startswith("clean_")} == {
        case for case in CASES if not announced(case.read_text())
    }
