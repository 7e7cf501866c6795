"""Bugs that people reported, rebuilt: trueloop names them, and in the words that the page shows."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.diagnostics.caseruns import findings_of
from tests.diagnostics.test_cases import announced
from trueloop.diagnostics import reachability

ROOT = Path(__file__).parents[2]
CASES = sorted((Path(__file__).parent / "cases").glob("*.py"))
PAGE = ROOT / "docs" / "findings" / "real-bugs.md"
SHOWN = re.compile(r"\]\(\.\./\.\./(tests/real/cases/\w+\.py)\).*?^```text\n(.*?)^```", re.M | re.S)
SECONDS = re.compile(r"\b\d+\.\d+ s\b")
LOAD = re.compile(r"\. For SOME s of it there was no processor for it")
# How many tasks a library makes before is its own affair.
NUMBERS = re.compile(r"\bTask-\d+")
# aiohttp runs its handlers eagerly from Python 3.12 on: inside a callback.
STEP = re.compile(r"\. It was .*")
# How much of the time a call took is up to what else the machine has to do.
SHARE = re.compile(r", (?:mostly )?in the system call \w+")

pytestmark = pytest.mark.flaky(reruns=3)  # a machine under load makes the watch say nothing


def without_figures(text):
    text = STEP.sub("", SHARE.sub("", LOAD.sub("", SECONDS.sub("SOME s", text))))
    return NUMBERS.sub("Task-N", text)


def skip_what_cannot_be_known(findings):
    if "stranded-task" in findings and not reachability.is_available:
        pytest.skip("without a GIL nobody can tell what is reachable")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.stem)
def test_reported_bug_gives_the_findings_it_announces(case, tmp_path):
    expected = announced(case.read_text())
    skip_what_cannot_be_known({kind for kind, _ in expected})
    findings = findings_of(case, tmp_path)
    assert {(each["kind"], each["where"]["line"]) for each in findings} == expected


@pytest.mark.parametrize(("name", "shown"), SHOWN.findall(PAGE.read_text()))
def test_page_shows_what_trueloop_says(name, shown):
    skip_what_cannot_be_known(shown)
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--quiet", name],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert without_figures(done.stderr).startswith(without_figures(shown))


def test_page_shows_every_program():
    assert {ROOT / name for name, _ in SHOWN.findall(PAGE.read_text())} == set(CASES)
