"""The programs of tests/diagnostics/cases give the same findings without the kernel.

Of the kinds that can be found there: the others need hooks that only the kernel calls. What C code
does while it keeps the GIL shows no line to a thread in Python: there the step is named, and that
the line is not known.
"""

import os
import sys
from pathlib import Path

import pytest

from tests.diagnostics.caseruns import Runs
from tests.diagnostics.test_cases import CASES, announced
from trueloop.diagnostics.detectors import DETECTORS
from trueloop.elsewhere.hooks import DRIVEN

# The fallback has no native code, and each program is run on every Python with the kernel anyway.
pytestmark = pytest.mark.skipif(
    sys.version_info[:2] not in {(3, 11), (3, 15)},
    reason="the oldest and the newest Python stand for those between them",
)

KINDS = {detector.kind for detector in DETECTORS if set(detector.needs) <= DRIVEN}
# Where nobody looks for deadlocks, nobody calls the collector whose finaliser would end the wait.
HANGS = {"clean_woken_by_a_finaliser"}
KEEPS_THE_GIL = (
    "blocked_by_a_collection_of_garbage",
    "blocked_inside_a_library_call",
    "blocked_json_in_c_code",
    "blocked_regex_holds_the_gil",
)


def is_possible(case):
    """Whether the case is about kinds that can be found without the kernel, and will end so."""
    kinds = {kind for kind, _ in announced(case.read_text())}
    return kinds <= KINDS and case.stem not in HANGS


@pytest.fixture(scope="module")
def runs(request, pure_install, tmp_path_factory):
    """The findings of the cases that were asked for."""
    env = {**os.environ, "PYTHONPATH": str(pure_install)}
    folder = tmp_path_factory.mktemp("cases")
    made = Runs(request.session.items, Path(__file__).name, folder, env)
    yield made
    made.end()


# On the newest a third of them: how a program is run by Python code alone depends little on it.
CHOSEN = CASES if sys.version_info[:2] == (3, 11) else CASES[1::3]


@pytest.mark.parametrize("case", list(filter(is_possible, CHOSEN)), ids=lambda case: case.stem)
def test_case_gives_the_findings_it_announces(case, runs):
    findings = runs.findings(case)
    places = {(each["kind"], each["where"] and each["where"]["line"]) for each in findings}

    if case.stem in KEEPS_THE_GIL and places != announced(case.read_text()):
        (finding,) = findings
        assert finding["kind"] == "blocked-loop"
        assert "At which line is not known, because C code kept the GIL" in finding["message"]
        (line,) = (line for _, line in announced(case.read_text()))
        assert [other["line"] for other in finding["related"]] in ([], [line])
    else:
        assert places == announced(case.read_text())
