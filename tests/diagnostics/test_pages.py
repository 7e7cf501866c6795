"""The pages of docs/findings/ tell the truth: examples give the output shown, fixes give none."""

import itertools
import re
import sys

import pytest

from tests.diagnostics.pages import FOLDER, PAGES, blocks, said_about, without_durations
from trueloop.diagnostics import KINDS, reachability

PLACE = re.compile(r"--> example\.py:(\d+) in ")
HEADLINE = re.compile(r"^trueloop: \w+\[", re.MULTILINE)
# Without a GIL nobody looks at what other threads are at.
OF_OTHER_THREADS = re.compile(
    r" +\|\n   ::: (?:loop started|occupied by): .*\n(?: *\d+ \|.*\n)*", re.MULTILINE
)
has_gil = getattr(sys, "_is_gil_enabled", lambda: True)()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_example_gives_the_output_shown(page, tmp_path):
    if page.stem == "stranded-task" and not reachability.is_available:
        pytest.skip("without a GIL nobody can tell what is reachable")
    example = blocks(page, "python")[0]
    (shown,) = blocks(page, "text")
    if not has_gil:
        shown = OF_OTHER_THREADS.sub("", shown)

    said = said_about(example, tmp_path)

    # The program's own output may stand between and behind: asyncio's log, a traceback.
    for finding in without_durations(shown).split("trueloop: ")[1:]:
        assert f"trueloop: {finding}" in without_durations(said)
    assert len(HEADLINE.findall(said)) == len(HEADLINE.findall(shown))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_fixes_give_no_finding(page, tmp_path):
    fixes = blocks(page, "python")[1:]

    assert fixes
    for fix in fixes:
        assert said_about(fix, tmp_path) == ""


# One way for each page, for the ways know nothing of kinds.
@pytest.mark.parametrize(
    ("page", "way"),
    list(zip(PAGES, itertools.cycle(["call", "project", "comment"]), strict=False)),
    ids=lambda each: getattr(each, "stem", each),
)
def test_example_can_be_silenced(page, way, tmp_path):
    kind, lines = page.stem, blocks(page, "python")[0].splitlines()
    (shown,) = blocks(page, "text")
    guilty = int(PLACE.search(shown)[1]) - 1
    if way == "call":
        lines[0] += f"; import trueloop; trueloop.diagnostics.ignore('{kind}')"
    elif way == "project":
        (tmp_path / "pyproject.toml").write_text(f'[tool.trueloop]\nignore = ["{kind}"]\n')
    else:
        lines[guilty] += f"  # trueloop: ignore[{kind}]"

    said = said_about("\n".join(lines) + "\n", tmp_path)

    assert f"[{kind}]: " not in said


def test_each_kind_has_a_page_that_the_index_links():
    index = (FOLDER / "README.md").read_text()

    assert {page.stem for page in PAGES} == set(KINDS)
    for kind in KINDS:
        assert f"| [`{kind}`]({kind}.md) | " in index
