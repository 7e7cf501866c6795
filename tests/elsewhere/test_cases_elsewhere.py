"""The programs of tests/diagnostics/cases give the same findings without the kernel.

What C code does while it keeps the GIL shows no line to a thread in Python: there the step is
named, and that the line is not known.
"""

import json
import os
import subprocess
import sys

import pytest

from tests.diagnostics.test_cases import CASES, announced

KEEPS_THE_GIL = ("blocked_regex_holds_the_gil", "blocked_inside_a_library_call")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_case_gives_the_findings_it_announces(case, pure_install, tmp_path):
    report = tmp_path / "report.jsonl"
    subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--quiet", "--report", report, case],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(pure_install)},
        capture_output=True,
        timeout=60,
        check=False,
    )
    findings = [json.loads(line) for line in report.read_text().splitlines()]
    places = {(each["kind"], each["where"] and each["where"]["line"]) for each in findings}

    if case.stem in KEEPS_THE_GIL and places != announced(case.read_text()):
        (finding,) = findings
        assert finding["kind"] == "blocked-loop"
        assert "At which line is not known, because C code kept the GIL" in finding["message"]
        (line,) = (line for _, line in announced(case.read_text()))
        assert [other["line"] for other in finding["related"]] in ([], [line])
    else:
        assert places == announced(case.read_text())
