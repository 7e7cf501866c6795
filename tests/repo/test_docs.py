"""What the documentation promises holds: links lead somewhere, examples run, kinds have pages."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.repo.source_tree import PACKAGE, ROOT, files, shown

PAGES = files(".md")
LINK = re.compile(r"(?<!!)\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
EXAMPLE = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)
DETECTORS = PACKAGE / "diagnostics" / "detectors"
SECTIONS = ("what happened", "why it hurts", "example", "fix", "how it is detected", "cannot see")


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as the common Markdown renderers form them."""
    headings = re.findall(r"^#+ (.*)$", FENCE.sub("", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_links_lead_somewhere(page):
    for link in LINK.findall(FENCE.sub("", page.read_text())):
        if re.match(r"https?:|mailto:", link):
            continue
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


@pytest.mark.parametrize("page", PAGES, ids=shown)
def test_python_in_pages_is_python(page):
    for example in EXAMPLE.findall(page.read_text()):
        compile(example, shown(page), "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)


def test_the_examples_of_the_readme_run():
    examples = EXAMPLE.findall((ROOT / "README.md").read_text())

    assert examples
    for example in examples:
        done = subprocess.run(
            [sys.executable, "-W", "error", "-c", example],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("detector", files(".py", under=str(DETECTORS)), ids=lambda path: path.stem)
def test_each_kind_of_finding_has_its_page(detector):
    if detector.stem == "__init__":
        return
    page = ROOT / "docs" / "findings" / f"{detector.stem.replace('_', '-')}.md"
    headings = [line for line in page.read_text().lower().splitlines() if line.startswith("#")]

    for section in SECTIONS:
        assert any(section in heading for heading in headings), section


DECISIONS = files(".md", under="docs/decisions")


def test_decisions_are_numbered_in_order():
    numbers = [int(page.name.partition("-")[0]) for page in DECISIONS]

    assert numbers == list(range(1, len(numbers) + 1))


@pytest.mark.parametrize("page", DECISIONS, ids=lambda path: path.stem)
def test_decisions_are_short(page):
    text = page.read_text()

    assert text.count("\n") <= 60
    assert all(f"## {part}" in text for part in ("Context", "Decision", "Consequences"))
