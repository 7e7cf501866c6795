"""The pages of docs/findings/ tell the truth: examples give the output shown, fixes give none."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGES = sorted((Path(__file__).parents[2] / "docs" / "findings").glob("*-*.md"))
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
DURATION = re.compile(r"held the loop for [\d.]+ s")


def blocks(page, language):
    return [text for kind, text in BLOCK.findall(page.read_text()) if kind == language]


def said_about(program, folder):
    """What trueloop says of the program, but not where it is and how long it took."""
    path = folder / "example.py"
    path.write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--quiet", path],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,  # some examples end with an error
    )
    return DURATION.sub("held the loop for SOME s", done.stderr.replace(f"{folder}/", ""))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_example_gives_the_output_shown(page, tmp_path):
    example = blocks(page, "python")[0]
    (shown,) = blocks(page, "text")

    said = said_about(example, tmp_path)

    # asyncio's own log may follow
    assert said.startswith(DURATION.sub("held the loop for SOME s", shown))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_fixes_give_no_finding(page, tmp_path):
    fixes = blocks(page, "python")[1:]

    assert fixes
    for fix in fixes:
        assert said_about(fix, tmp_path) == ""
