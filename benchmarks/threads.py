"""Several loops in several threads: `python -m benchmarks.threads`, best on a free-threaded Python.

Measured are one loop in one thread and `--loops` loops in as many threads, on each peer, and with
`--ordinary PYTHON` one loop of an ordinary build, for what freedom from the GIL costs one loop.
It wants as many CPUs to itself as there are loops. A moment that a neighbour disturbs is not
counted, and a figure for which there were too few good moments is missing from the table.

The results file: {"python", "ordinary", "commit", "machine", "loops",
 "rows": {workload: {peer: [{"gain", "single_ns", "ordinary_ns", "gil"}, ...]}}}, one per round.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from benchmarks import machine
from benchmarks.bench import Bench
from benchmarks.page import markdown

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Operations in one batch: about two milliseconds of work, so that a burst can end on time.
BATCHES = {
    "create_task_await": 500,
    "sleep0_100tasks": 2_000,
    "future_pingpong": 500,
    "call_soon_1000chains": 3_000,
    "gather_10k": 500,
    "echo_within": 200,
}
PEERS = ("asyncio", "trueloop")
OURS = "trueloop"
GAIN_WANTED = 1.8
COST_LIMIT = 1.25
NOTHING = "-"


@dataclass(slots=True)
class Figure:
    """One round of one workload on one peer.

    Attributes:
        gain: Work of all loops together, in that of one loop alone in the same time; None if the
            machine was too busy.
        single_ns: CPU nanoseconds of one operation on one loop.
        ordinary_ns: The same on the ordinary build, None without one.
        gil: Whether a global lock was in force.
    """

    gain: float | None = None
    single_ns: float | None = None
    ordinary_ns: float | None = None
    gil: bool | None = None


class Threads(Bench):
    """Starts measured processes that may use as many CPUs as they have loops."""

    def together(self, peer: str, workload: str, loops: int, patience_s: float) -> dict[str, float]:
        """Return what benchmarks.loops says, without "per_s" if the machine was too busy."""
        command = [self._python, "-m", "benchmarks.loops", peer, workload]
        cpus = sorted(os.sched_getaffinity(0))[-loops:]
        process = subprocess.run(
            [*command, str(BATCHES[workload]), str(loops), str(patience_s)],
            cwd=machine.ROOT,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
            preexec_fn=lambda: os.sched_setaffinity(0, cpus),
        )
        answer = json.loads(process.stdout.splitlines()[-1]) if process.stdout.strip() else {}
        if process.returncode or "cpu_ns" not in answer:
            sys.stderr.write(process.stderr)
            reason = answer.get("failure", f"exit status {process.returncode}")
            print(f"{workload} on {loops} loops of {peer}: {reason}", file=sys.stderr)
            return {}
        assert isinstance(answer, dict)
        return answer


def measured(
    bench: Threads, ordinary: Threads | None, peer: str, workload: str, loops: int, wait_s: float
) -> Figure:
    """Measure one loop, all loops and one loop of the ordinary build, in turn."""
    figure = Figure()
    alone = bench.together(peer, workload, 1, wait_s)
    all_of_them = bench.together(peer, workload, loops, wait_s)
    if alone:
        figure.single_ns = alone["cpu_ns"]
        figure.gil = bool(alone["gil"])
    if alone.get("per_s") and all_of_them.get("per_s"):
        figure.gain = all_of_them["per_s"] / alone["per_s"]
    if ordinary is not None:
        figure.ordinary_ns = ordinary.together(peer, workload, 1, wait_s).get("cpu_ns")
    return figure


def known(figures: Iterable[float | None]) -> float | None:
    """Return the median of what is not None, None if nothing is left."""
    left = [figure for figure in figures if figure is not None]
    return median(left) if left else None


def table(rows: dict[str, dict[str, list[Figure]]], loops: int) -> str:
    """Return the Markdown table of all rounds' medians."""
    head = ["workload", "loop", "one loop ns", f"{loops} loops do", "wanted", "ordinary ns", "cost"]
    lines = []
    for workload, peers in rows.items():
        for peer, figures in peers.items():
            single_ns = known(figure.single_ns for figure in figures)
            ordinary_ns = known(figure.ordinary_ns for figure in figures)
            gain = known(figure.gain for figure in figures)
            cost = known(
                figure.single_ns / figure.ordinary_ns
                for figure in figures
                if figure.single_ns and figure.ordinary_ns
            )
            lines.append(
                [
                    workload,
                    peer,
                    NOTHING if single_ns is None else f"{single_ns:.0f}",
                    NOTHING if gain is None else f"{gain:.2f} x",
                    verdict(gain is not None and gain >= GAIN_WANTED, gain, peer),
                    NOTHING if ordinary_ns is None else f"{ordinary_ns:.0f}",
                    NOTHING if cost is None else f"{cost:.2f}",
                ]
            )
    return markdown(head, lines)


def verdict(kept: bool, figure: float | None, peer: str) -> str:
    if peer != OURS or figure is None:
        return ""
    return "ok" if kept else "MISS"


def save(path: Path, result: dict[str, object], rows: dict[str, dict[str, list[Figure]]]) -> None:
    """Write what is known so far."""
    told = {
        workload: {peer: [asdict(figure) for figure in figures] for peer, figures in row.items()}
        for workload, row in rows.items()
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**result, "rows": told}, indent=1) + "\n")


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.threads", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument("--loops", type=int, default=2, help="loops, one in a thread (default: 2)")
    parser.add_argument("--only", action="append", choices=BATCHES, help="some workloads")
    parser.add_argument("--peers", default=",".join(PEERS), metavar="A,B", help="loops compared")
    parser.add_argument("--python", default=sys.executable, help="the Python that is measured")
    parser.add_argument("--ordinary", metavar="PYTHON", help="a build with a GIL, for comparison")
    parser.add_argument(
        "--patience",
        type=float,
        default=20.0,
        metavar="SECONDS",
        help="how long to look for undisturbed moments, for each figure (default: 20)",
    )
    parser.add_argument("--out", type=Path, metavar="FILE", help="where the results go, as JSON")
    return parser.parse_args(given)


def command(given: Sequence[str] | None = None) -> int:
    """Measure; print the table. Returns 2 if there are not enough CPUs or a peer is missing."""
    options = arguments(given)
    peers = options.peers.split(",")
    cpus = len(os.sched_getaffinity(0))
    if cpus < options.loops:
        print(f"{options.loops} loops want {options.loops} CPUs; here are {cpus}.", file=sys.stderr)
        return 2
    bench = Threads(options.python, machine.last_cpu())
    ordinary = Threads(options.ordinary, machine.last_cpu()) if options.ordinary else None
    for one in filter(None, (bench, ordinary)):
        versions, hindrances = one.peers()
        missing = [peer for peer in peers if peer not in versions]
        if missing:
            reasons = ", ".join(f"{peer}: {hindrances.get(peer, 'unknown')}" for peer in missing)
            print(f"Python {one.python_version()} cannot run {reasons}.", file=sys.stderr)
            return 2
    rows: dict[str, dict[str, list[Figure]]] = {}
    result: dict[str, object] = {
        "python": bench.python_version(),
        "ordinary": ordinary.python_version() if ordinary else None,
        "commit": machine.commit(),
        "machine": machine.describe(),
        "loops": options.loops,
    }
    for number in range(options.rounds):
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
        for workload in options.only or BATCHES:
            for peer in peers:
                figure = measured(bench, ordinary, peer, workload, options.loops, options.patience)
                rows.setdefault(workload, {}).setdefault(peer, []).append(figure)
        if options.out:
            save(options.out, result, rows)
    gil = {figure.gil for row in rows.values() for figures in row.values() for figure in figures}
    print(
        f"CPython {result['python']}, {'with' if True in gil else 'without'} a GIL; "
        f"median of {options.rounds} rounds. One loop's figures are CPU time."
    )
    print()
    print(table(rows, options.loops))
    return 0


if __name__ == "__main__":
    raise SystemExit(command())
