"""What a result must say about where it was measured. No names, no paths: results are published."""

from __future__ import annotations

import os
import platform
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]


def cpu_model() -> str:
    """Return the processor's name as Linux gives it, or the architecture."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        key, _, value = line.partition(":")
        if key.strip() == "model name":
            return value.strip()
    return platform.machine()


MEASURED = ("src", "setup.py")


def commit() -> str:
    """Return the last commit of what is measured, with a plus sign if it was changed since."""
    revision = _git("log", "-1", "--format=%h", "--abbrev=12", "--", *MEASURED)
    changed = _git("status", "--porcelain", "--untracked-files=no", "--", *MEASURED)
    return f"{revision}+" if changed else revision


def _git(*arguments: str) -> str:
    try:
        answer = subprocess.run(
            ["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return answer.stdout.strip()


def describe() -> dict[str, str | int]:
    """Return the facts about this machine that explain a figure."""
    return {
        "cpu": cpu_model(),
        "cpus": os.cpu_count() or 0,
        "kernel": platform.release(),
        "libc": " ".join(platform.libc_ver()),
    }


def last_cpu() -> int:
    """Return the highest-numbered CPU this process may use; interrupts prefer the first."""
    return max(os.sched_getaffinity(0))
