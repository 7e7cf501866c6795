"""The tools by name, and how each is put on a program: what it is called with, how it is read.

A tool is used as its documentation says, with everything it has for asyncio switched on.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.truth import recognition

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from benchmarks.truth.recognition import Claim

WITNESS = Path(__file__).parent / "witness"
PATIENCE_S = 2.0


@dataclass(frozen=True, slots=True)
class Tool:
    """One way to look at a program.

    Attributes:
        name: Its row in the table.
        package: What its version is asked of; None for Python itself.
        command: The command for a program, from the Python, the report's path and the program.
        read: What it claims, from the report's path, what it printed, and the program.
        runs: Whether it runs the program; a linter only reads it.
        environment: Variables it wants.
    """

    name: str
    package: str | None
    command: Callable[[str, str, Path], Sequence[str]]
    read: Callable[[Path, str, Path], Iterable[Claim | None]]
    runs: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)

    def claims(self, python: str, program: Path, limit_s: float) -> list[Claim]:
        """Return what the tool claims about a program that may run for `limit_s` seconds."""
        with tempfile.TemporaryDirectory() as folder:
            report = Path(folder) / "report.jsonl"
            command = self.command(python, str(report), program.resolve())
            printed = run(command, folder, self.environment, limit_s)
            return [claim for claim in self.read(report, printed, program) if claim is not None]


def run(command: Sequence[str], folder: str, environment: Mapping[str, str], limit_s: float) -> str:
    """Run a command in a group of processes of its own; what it printed.

    After `limit_s` seconds the group is told to end (SIGTERM), and a moment later made to.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env={**clean_environment(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        errors="replace",
        start_new_session=True,
    )
    for ending in (signal.SIGTERM, signal.SIGKILL):
        try:
            return process.communicate(timeout=limit_s)[0]
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, ending)
            limit_s = PATIENCE_S
    return process.communicate()[0]


def clean_environment() -> dict[str, str]:
    """Return the variables of this process without those that change how Python runs."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return kept | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0", "NO_COLOR": "1"}


def json_lines(report: Path) -> Iterable[dict[str, object]]:
    """Yield the objects of a report; the last line may be cut off, if the program was killed."""
    lines = report.read_text(errors="replace").splitlines() if report.exists() else []
    for line in lines:
        try:
            yield json.loads(line)
        except ValueError:
            return


def remarks(report: Path, printed: str, program: Path) -> Iterable[Claim | None]:
    return [recognition.of_remark(remark, program) for remark in json_lines(report)]


def findings(report: Path, printed: str, program: Path) -> Iterable[Claim | None]:
    return [recognition.of_finding(finding, program) for finding in json_lines(report)]


def flake8_lines(report: Path, printed: str, program: Path) -> Iterable[Claim | None]:
    for line in printed.splitlines():
        number, _, code_and_text = line.partition(" ")
        code, _, text = code_and_text.partition(" ")
        if code.startswith("ASYNC"):
            yield recognition.of_code(code, int(number), text)


def ruff_objects(report: Path, printed: str, program: Path) -> Iterable[Claim | None]:
    for remark in json.loads(printed or "[]"):
        row = remark["location"]["row"]
        yield recognition.of_code(remark["code"], row, remark["message"])


def witnessed(
    name: str, package: str | None, *options: str, environment: Mapping[str, str] | None = None
) -> Tool:
    """Return a tool that runs the program under witness/."""

    def command(python: str, report: str, program: Path) -> Sequence[str]:
        return [python, *options, str(WITNESS), name, report, str(program)]

    return Tool(name, package, command, remarks, environment=environment or {})


OURS = "trueloop"
PLAIN = "asyncio"
TOOLS = {
    tool.name: tool
    for tool in (
        Tool(
            OURS,
            "trueloop",
            lambda python, report, program: [
                *(python, "-m", "trueloop", "run", "--quiet", "--report", report, str(program))
            ],
            findings,
        ),
        witnessed(PLAIN, None),
        witnessed(
            "asyncio debug mode",
            None,
            *("-X", "dev"),
            environment={"PYTHONASYNCIODEBUG": "1"},
        ),
        witnessed("aiocop", "aiocop"),
        witnessed("pyleak", "pyleak"),
        witnessed("blockbuster", "blockbuster"),
        Tool(
            "flake8-async",
            "flake8-async",
            lambda python, report, program: [
                *(python, "-m", "flake8", "--isolated", "--asyncio"),
                *("--format", "%(row)d %(code)s %(text)s", str(program)),
            ],
            flake8_lines,
            runs=False,
        ),
        Tool(
            "ruff",
            "ruff",
            lambda python, report, program: [
                *(python, "-m", "ruff", "check", "--isolated", "--no-cache", "--quiet"),
                *("--select", "ASYNC,RUF006", "--output-format", "json", str(program)),
            ],
            ruff_objects,
            runs=False,
        ),
    )
}
