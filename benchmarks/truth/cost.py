"""What it costs to have a tool on: CPU time of the workload, against plain asyncio's.

One figure is one fresh process on one CPU; a round measures plain asyncio and every tool, so that a
ratio compares moments that lie close together.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.truth.toolbox import clean_environment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.truth.toolbox import Tool

WORKLOAD = Path(__file__).parent / "workload.py"
PATIENCE_S = 300
ATTEMPTS = 3


class Failed(Exception):
    """The workload did not come to its end under a tool."""


def cpu_ns(tool: Tool, python: str, cpu: int) -> int:
    """Return the CPU nanoseconds of the workload under a tool.

    A tool that crashes Python now and then (blockbuster patches built-in types in memory) gets
    further attempts; how the process ends once the figure is printed does not matter.

    Raises:
        Failed: The tool let the workload end in no attempt.
    """
    for _ in range(ATTEMPTS):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run(
                tool.command(python, str(Path(folder) / "report.jsonl"), WORKLOAD),
                cwd=folder,
                env={**clean_environment(), **tool.environment},
                capture_output=True,
                text=True,
                timeout=PATIENCE_S,
                check=False,
                preexec_fn=lambda: os.sched_setaffinity(0, {cpu}),
            )
        for line in done.stdout.splitlines():
            if line.startswith("{"):
                spent = json.loads(line)["cpu_ns"]
                assert isinstance(spent, int)
                return spent
    raise Failed(f"{tool.name}, exit status {done.returncode}: {done.stderr[-2000:]}")


def measure(
    tools: Sequence[tuple[Tool, str]], plain: tuple[Tool, str], rounds: int, cpu: int
) -> dict[str, list[float]]:
    """Return, by tool, the ratios to plain asyncio, one for each round.

    Args:
        tools: The tools, each with the Python to run it with.
        plain: Plain asyncio.
        rounds: How often to measure each.
        cpu: The CPU to run on.

    Raises:
        Failed: One of them did not let the workload end.
    """
    ratios: dict[str, list[float]] = {tool.name: [] for tool, _ in tools}
    for _ in range(rounds):
        yardstick = cpu_ns(*plain, cpu)
        for tool, python in tools:
            spent = yardstick if tool is plain[0] else cpu_ns(tool, python, cpu)
            ratios[tool.name].append(round(spent / yardstick, 4))
    return ratios
