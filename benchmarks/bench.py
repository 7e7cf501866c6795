"""Starts measured processes, each with one Python on one CPU, and reads what they measured."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.peers import PEERS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.measure import Order

PATIENCE_S = 120


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of one order: figures by row, or in a few words why there are none.

    Attributes:
        workload: Which one.
        figures: One for each of its rows.
        failure: How it failed on this loop.
        unavailable: What this machine lacks for it, on any loop.
        complaint: What a process that failed said.
    """

    workload: str
    figures: dict[str, float] = field(default_factory=dict)
    failure: str = ""
    unavailable: str = ""
    complaint: str = ""


class Bench:
    """One Python on one CPU, as the place where things are measured."""

    def __init__(self, python: str, cpu: int) -> None:
        self._python = python
        self._cpu = cpu
        self._environment = {
            name: value for name, value in os.environ.items() if not name.startswith("PYTHON")
        } | {"PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}

    def python_version(self) -> str:
        return self._ask("-c", "import platform; print(platform.python_version())")

    def peers(self) -> tuple[dict[str, str], dict[str, str]]:
        """Return the versions of the loops that Python can run, and why it cannot run the rest."""
        answer = json.loads(self._ask("-m", "benchmarks.peers"))
        return answer["versions"], answer["hindrances"]

    def _ask(self, *arguments: str) -> str:
        answer = subprocess.run(
            [self._python, *arguments],
            cwd=machine.ROOT,
            env=self._environment,
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        return answer.stdout.strip()

    def measure(self, peer: str, orders: Sequence[Order]) -> list[Answer]:
        """Return what came of each order. All run in one process, one after the other.

        Where a workload fails, crashes or hangs, a new process goes on with what comes after it.
        """
        answers: list[Answer] = []
        while len(answers) < len(orders):
            left = orders[len(answers) :]
            got, ending, complaint = self._process(peer, left)
            failed = bool(got and got[-1].failure)
            if failed:
                got[-1] = replace(got[-1], complaint=complaint)
            elif ending:
                broken = left[min(len(got), len(left) - 1)].workload
                failure = Answer(broken, failure=ending, complaint=complaint)
                got = [*got[: len(left) - 1], failure]
            answers += got
        return answers

    def _process(self, peer: str, orders: Sequence[Order]) -> tuple[list[Answer], str, str]:
        """Return the answers of one process, how it broke off (if it did), and its stderr."""
        process = subprocess.Popen(
            [self._python, "-m", "benchmarks.measure", peer, *map(str, orders)],
            cwd=machine.ROOT,
            env={**self._environment, **PEERS[peer].environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # a workload that blocks its loop is told so, rightly
            text=True,
            start_new_session=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {self._cpu}),
        )
        ending = ""
        try:
            out, complaint = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)  # with the servers that it has started
            out, complaint = process.communicate()
            ending = f"no figure within {PATIENCE_S} s"
        got = [Answer(**json.loads(line)) for line in out.splitlines() if line.startswith("{")]
        if not ending and (process.returncode or len(got) < len(orders)):
            ending = f"exit status {process.returncode}"
        return got, ending, complaint
