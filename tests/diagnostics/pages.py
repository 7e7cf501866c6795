"""The pages of docs/findings/: their programs, and what trueloop says of these.

    python -m tests.diagnostics.pages            write what trueloop says today into each page
    python -m tests.diagnostics.pages deadlock   ... into this one

A page's first Python block is its example; its one `text` block is the findings of that. Every
further Python block is a fix, of which trueloop says nothing. Blocks in other languages are not
run.
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

from trueloop.diagnostics import KINDS

FOLDER = Path(__file__).parents[2] / "docs" / "findings"
PAGES = sorted(page for page in FOLDER.glob("*.md") if page.stem in KINDS)

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_DURATION = re.compile(r"\b\d+(?:\.\d+)?(?:e-?\d+)? (ms|s)\b")
_BUSY = re.compile(r"\. For SOME s of it there was no processor for it")
# A finding's text, up to its last line in the margin of which stands `=`.
_FINDING = re.compile(r"^trueloop: \w+\[(?:.*\n)+?(?: += .*\n)+", re.MULTILINE)


def blocks(page: Path, language: str) -> list[str]:
    """The page's blocks in that language."""
    return [text for kind, text in _BLOCK.findall(page.read_text()) if kind == language]


def said_about(program: str, folder: Path) -> str:
    """All that is written to standard error when trueloop runs the program."""
    path = folder / "example.py"
    path.write_text(program)
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--quiet", path.name],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return done.stderr


def without_durations(text: str) -> str:
    """The text with every duration replaced, for no two runs take as long.

    What a busy machine adds to an account of time is left off.
    """
    return _BUSY.sub("", _DURATION.sub(r"SOME \1", text))


def refresh(page: Path) -> bool:
    """Write today's output into the page. Whether anything but durations has changed."""
    with tempfile.TemporaryDirectory() as folder:
        said = said_about(blocks(page, "python")[0], Path(folder))
    findings = "".join(match[0] for match in _FINDING.finditer(said))
    (shown,) = blocks(page, "text")
    if not findings or without_durations(findings) == without_durations(shown):
        return False
    page.write_text(page.read_text().replace(f"```text\n{shown}```", f"```text\n{findings}```"))
    return True


if __name__ == "__main__":
    for each in PAGES:
        if (not sys.argv[1:] or each.stem in sys.argv[1:]) and refresh(each):
            print("rewritten:", each.relative_to(FOLDER.parents[1]))
