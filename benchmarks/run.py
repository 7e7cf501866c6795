"""The command: every workload on every loop, in rounds, then the table.

A figure is one fresh process, pinned to one CPU. One round runs all workloads, and for each
workload all loops one after the other; the next round begins with another loop. So two loops are
compared within moments of each other, and a noisy minute spoils one round of many.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import os
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine, report
from benchmarks.peers import PEERS
from benchmarks.results import Results, Row
from benchmarks.suite import WORKLOADS

if TYPE_CHECKING:
    from benchmarks.workload import Workload

QUICK_SHARE = 100
PATIENCE_S = 180
OVERHEAD_PEERS = ("trueloop", "trueloop-bare")


class MeasurementFailed(Exception):
    """The measured process gave no figure; the message says why, in a few words."""


class Bench:
    """Starts measured processes with one Python on one CPU."""

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

    def figure(self, peer: str, row: Workload, operations: int, repetitions: int) -> float:
        """Return the CPU nanoseconds that one operation cost in a fresh process.

        Raises:
            MeasurementFailed: The process failed, crashed or took too long.
        """
        command = [self._python, "-m", "benchmarks.measure", peer, row.name]
        process = subprocess.Popen(
            [*command, str(operations), str(repetitions)],
            cwd=machine.ROOT,
            env={**self._environment, **PEERS[peer].environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,  # a workload that blocks its loop is told so, rightly
            text=True,
            preexec_fn=lambda: os.sched_setaffinity(0, {self._cpu}),
        )
        try:
            out, complaint = process.communicate(timeout=PATIENCE_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise MeasurementFailed(f"no figure within {PATIENCE_S} s") from None
        answer = json.loads(out.splitlines()[-1]) if out.strip() else {}
        if process.returncode or "cpu_ns" not in answer:
            sys.stderr.write(complaint)
            raise MeasurementFailed(answer.get("failure", f"exit status {process.returncode}"))
        cpu_ns = answer["cpu_ns"]
        assert isinstance(cpu_ns, float)
        return cpu_ns


def chosen(patterns: Sequence[str] | None) -> list[Workload]:
    """Return the workloads whose name contains, or as a glob matches, one of the patterns."""
    return [
        row
        for name, row in WORKLOADS.items()
        if not patterns
        or any(pattern in name or fnmatch.fnmatch(name, pattern) for pattern in patterns)
    ]


def rotated(peers: Sequence[str], by: int) -> Iterable[str]:
    by %= len(peers)
    return (*peers[by:], *peers[:by])


def one_round(
    bench: Bench, results: Results, rows: Iterable[Workload], order: Iterable[str], *, quick: bool
) -> None:
    """Add one figure for every workload and loop to the results."""
    order = tuple(order)
    for row in rows:
        promises = (None, None) if quick else (row.target, row.accelerated)
        kept = results.workloads.setdefault(
            row.name, Row(row.operation, promises[0], row.scheduling, promises[1])
        )
        operations = max(row.smallest, row.operations // QUICK_SHARE) if quick else row.operations
        repetitions = 1 if quick else row.repetitions
        for peer in order:
            figure: float | None = None
            if peer not in kept.failures:
                try:
                    figure = bench.figure(peer, row, operations, repetitions)
                except MeasurementFailed as failure:
                    kept.failures[peer] = str(failure)
                    print(f"{row.name} on {peer}: {failure}", file=sys.stderr)
            kept.cpu_ns.setdefault(peer, []).append(figure)
    results.rounds += 1


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument(
        "--quick", action="store_true", help="one tiny round: does everything run? No figures."
    )
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="workloads by part of the name or glob"
    )
    parser.add_argument("--peers", metavar="A,B", help="loops (default: all that are installed)")
    parser.add_argument(
        "--overhead", action="store_true", help="trueloop with its detectors against without"
    )
    parser.add_argument("--python", default=sys.executable, help="the Python that is measured")
    parser.add_argument("--cpu", type=int, help="the CPU to pin to (default: the last)")
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the results go, as JSON")
    parser.add_argument(
        "--check", action="store_true", help="exit with 1 when a promised ratio is missed"
    )
    parser.add_argument("--list", action="store_true", help="name the workloads and stop")
    return parser.parse_args(given)


def command(given: Sequence[str] | None = None) -> int:
    """Run the benchmarks; return 1 if trueloop failed a workload or, when asked, a promise."""
    options = arguments(given)
    rows = chosen(options.only)
    if options.list:
        for row in rows:
            print(f"{row.name:28} {row.operation}")
        return 0
    if not rows:
        print("No workload has such a name; --list names them.", file=sys.stderr)
        return 2
    bench = Bench(options.python, machine.last_cpu() if options.cpu is None else options.cpu)
    installed, hindrances = bench.peers()
    if options.overhead:
        peers: Sequence[str] = OVERHEAD_PEERS
    else:
        peers = options.peers.split(",") if options.peers else list(installed)
    for peer, reason in hindrances.items():
        if peer in peers or not (options.overhead or options.peers):
            print(f"left out: {peer}: {reason}", file=sys.stderr)
    missing = [peer for peer in peers if peer not in installed]
    if missing:
        print(f"That Python cannot run {', '.join(missing)}.", file=sys.stderr)
        print("    pip install -r benchmarks/requirements.txt", file=sys.stderr)
        return 2
    results = Results(
        bench.python_version(),
        machine.commit(),
        machine.describe(),
        {peer: installed[peer] for peer in peers},
    )
    rounds = 1 if options.quick else options.rounds
    out = options.out or default_out(results.python, overhead=options.overhead)
    for number in range(rounds):
        print(f"round {number + 1} of {rounds}", file=sys.stderr)
        one_round(bench, results, rows, rotated(peers, number), quick=options.quick)
        results.save(out)
    print(report.provenance(results))
    print()
    print(report.table(results))
    if options.quick:
        print("\nA smoke run: these figures mean nothing, so none is judged.")
    failed = any("trueloop" in row.failures for row in results.workloads.values())
    missed = options.check and report.missed(results)
    return 1 if failed or missed else 0


def default_out(python: str, *, overhead: bool) -> Path:
    """Return a place that git ignores; benchmarks/results keeps chosen runs only."""
    version = ".".join(python.split(".")[:2])
    subject = "overhead" if overhead else "cpython"
    return machine.ROOT / "build" / "benchmarks" / f"{subject}-{version}.json"


if __name__ == "__main__":
    raise SystemExit(command())
