"""Ruff: the linter whose ASYNC rules `trueloop check` applies; where it is, and what it answers.

Law: an optional dependency, the extra `check`. Knows ruff's command line and its JSON, and nothing
of findings.
"""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence

# Young rules are applied too. A project's own configuration still says which files to leave out.
_OPTIONS = ("--select=ASYNC", "--preview", "--no-fix", "--exit-zero", "--output-format=json")


class NoRuff(Exception):
    """There is no ruff to run; the message says what to install."""


class RuffFailed(Exception):
    """Ruff could not do its work; the message is its own."""


def command() -> list[str]:
    """How to start ruff: the one installed for this Python, else the one on PATH.

    Raises:
        NoRuff: there is neither.
    """
    if importlib.util.find_spec("ruff") is not None:
        return [sys.executable, "-m", "ruff"]
    found = shutil.which("ruff")
    if found is None:
        raise NoRuff("ruff is not installed; install it with: pip install 'trueloop[check]'")
    return [found]


def check(paths: Sequence[str]) -> list[dict[str, Any]]:
    """Everything that ruff's ASYNC rules say of the files, as ruff's JSON has it.

    Raises:
        NoRuff: ruff is not installed.
        RuffFailed: it ended with an error.
    """
    done = subprocess.run(
        [*command(), "check", *_OPTIONS, "--", *paths],
        capture_output=True,
        check=False,
    )
    complaint = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode != 0:
        raise RuffFailed(complaint or f"ruff ended with status {done.returncode}")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        raise RuffFailed(complaint or "ruff's answer is not JSON") from None
    if complaint:
        print(complaint, file=sys.stderr)  # a warning about a file or about its configuration
    return list(answer)
