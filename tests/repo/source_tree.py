"""The files of the repository, as the tests of it see them: those git keeps, by kind."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "src" / "trueloop"


@cache
def kept_files() -> tuple[Path, ...]:
    """Every file under version control that is in the work tree."""
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in sorted(paths) if path.is_file())


def files(*suffixes: str, under: str = "") -> list[Path]:
    """Files with one of the suffixes, below a folder of the repository."""
    folder = ROOT / under
    return [p for p in kept_files() if p.suffix in suffixes and p.is_relative_to(folder)]


def shown(path: Path) -> str:
    """The path as a message names it."""
    return str(path.relative_to(ROOT))
