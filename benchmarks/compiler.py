"""The C programs of the benchmarks, compiled when they are needed into build/benchmarks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from benchmarks.workload import Unavailable

BUILD = Path(__file__).parents[1] / "build" / "benchmarks"


def compiler() -> str:
    """Return the C compiler.

    Raises:
        Unavailable: There is none.
    """
    found = shutil.which("cc") or shutil.which("gcc")
    if found is None:
        raise Unavailable("there is no C compiler (cc or gcc)")
    return found


def has_header(name: str) -> bool:
    """Whether the C compiler finds the header."""
    asked = subprocess.run(
        [compiler(), "-E", "-x", "c", "-"],
        input=f"#include <{name}>\n",
        text=True,
        capture_output=True,
        check=False,
    )
    return asked.returncode == 0


def compiled(source: Path, name: str, *options: str) -> Path:
    """Return what is compiled of a source, anew if it is older than a file of the source's folder.

    Args:
        source: The C file; headers are beside it.
        name: The result's path below build/benchmarks.
        options: Further arguments of the compiler, put after the source.

    Raises:
        Unavailable: There is no C compiler.
        subprocess.CalledProcessError: It refused.
    """
    result = BUILD / name
    newest_s = max(part.stat().st_mtime for part in source.parent.glob("*.[ch]"))
    if result.exists() and result.stat().st_mtime >= newest_s:
        return result
    result.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        fresh = Path(scratch, "fresh")
        subprocess.run([compiler(), "-O2", "-o", fresh, source, *options], check=True)
        os.replace(fresh, result)
    return result
