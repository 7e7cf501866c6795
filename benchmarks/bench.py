"""Starts measured processes, each with one Python on one CPU, and reads what they measured."""

from __future__ import annotations

import json
import os
import selectors
import signal
import subprocess
import tempfile
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
        # A file takes what it complains of: a workload that blocks its loop is told so, rightly.
        with tempfile.TemporaryFile("w+") as said:
            process = subprocess.Popen(
                [self._python, "-m", "benchmarks.measure", peer, *map(str, orders)],
                cwd=machine.ROOT,
                env={**self._environment, **PEERS[peer].environment},
                stdout=subprocess.PIPE,
                stderr=said,
                start_new_session=True,
                preexec_fn=lambda: os.sched_setaffinity(0, {self._cpu}),
            )
            out, ending = listened(process)
            said.seek(0)
            complaint = said.read()
        lines = out.decode().splitlines()
        got = [Answer(**json.loads(line)) for line in lines if line.startswith("{")]
        if not ending and (process.returncode or len(got) < len(orders)):
            ending = f"exit status {process.returncode}"
        return got, ending, complaint


def listened(process: subprocess.Popen[bytes]) -> tuple[bytes, str]:
    """Return what the process writes until it ends, and if it had to be ended, why.

    It is, with the servers that it has started, when for too long it has written nothing.
    """
    assert process.stdout is not None
    out = b""
    with process.stdout as told, selectors.DefaultSelector() as selector:
        selector.register(told, selectors.EVENT_READ)
        while selector.select(PATIENCE_S):
            data = os.read(told.fileno(), 65536)
            if not data:
                process.wait()
                return out, ""
            out += data
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    return out, f"no figure within {PATIENCE_S} s"
