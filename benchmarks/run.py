"""The command: every workload on every loop, in rounds, then the table.

A figure is one fresh process, pinned to one CPU. One round runs all workloads, and for each
workload all loops one after the other; the next round begins with another loop. So two loops are
compared within moments of each other, and a noisy minute spoils one round of many.
"""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks import machine, standing, tables
from benchmarks.bench import Answer, Bench
from benchmarks.measure import Order
from benchmarks.peers import PEERS
from benchmarks.results import Results, Row
from benchmarks.suite import GROUP_OF, GROUPS

if TYPE_CHECKING:
    from benchmarks.workload import Workload

QUICK_SHARE = 100
OVERHEAD_PEERS = ("trueloop", "trueloop-bare")


def chosen(patterns: Sequence[str] | None, groups: Sequence[str] | None = None) -> list[Workload]:
    """Return the workloads of the groups that have a row whose name fits one of the patterns.

    A pattern fits if the name contains it, or as a glob matches it. None: all groups, any name.
    """
    return [
        workload
        for group in groups or GROUPS
        for workload in GROUPS[group]
        if not patterns
        or any(
            pattern in name or fnmatch.fnmatch(name, pattern)
            for pattern in patterns
            for name in workload.rows()
        )
    ]


def rotated(peers: Sequence[str], by: int) -> Sequence[str]:
    by %= len(peers)
    return (*peers[by:], *peers[:by])


def one_round(
    bench: Bench, results: Results, workloads: Sequence[Workload], order: Sequence[str]
) -> None:
    """Add one figure for every row and loop to the results, each from a fresh process."""
    for workload in workloads:
        for peer in order:
            if workload.name in results.left_out:
                break
            if not concerns(workload, peer):
                continue
            kept = enrolled(results, workload)
            if any(peer in row.failures for row in kept.values()):
                answer = Answer(workload.name)
            else:
                asked = Order(workload.name, workload.operations, workload.repetitions)
                (answer,) = bench.measure(peer, [asked])
            note(results, workload, peer, answer)


def concerns(workload: Workload, peer: str) -> bool:
    """Whether that peer runs it: floors and the loop without detectors do not run everything."""
    if PEERS[peer].floor:
        return workload.floors
    return workload.scheduling or peer != standing.BARE


def smoke_round(
    bench: Bench, results: Results, workloads: Sequence[Workload], order: Sequence[str]
) -> None:
    """Run a little of every workload on every loop, in one process for each loop."""
    for peer in order:
        chosen = [one for one in workloads if concerns(one, peer)]
        few = [
            Order(one.name, max(one.smallest, one.operations // QUICK_SHARE), 1) for one in chosen
        ]
        for workload, answer in zip(chosen, bench.measure(peer, few), strict=True):
            note(results, workload, peer, answer)
    for row in results.rows.values():
        row.target = row.accelerated = None


def enrolled(results: Results, workload: Workload) -> dict[str, Row]:
    """Return the workload's rows of the results, empty ones if this is the first round."""
    for name, reading in workload.rows().items():
        results.rows.setdefault(
            name,
            Row(
                reading.what,
                GROUP_OF[workload.name],
                reading.quantity.unit,
                reading.quantity.more_is_better,
                reading.target,
                reading.accelerated,
                workload.scheduling and not reading.name,
            ),
        )
    return {name: results.rows[name] for name in workload.rows()}


def note(results: Results, workload: Workload, peer: str, answer: Answer) -> None:
    """Write down what a measured process answered."""
    if answer.unavailable:
        print(f"left out: {workload.name}: {answer.unavailable}", file=sys.stderr)
        results.left_out[workload.name] = answer.unavailable
        for name in workload.rows():
            results.rows.pop(name, None)
        return
    if answer.failure:
        print(f"{workload.name} on {peer}: {answer.failure}", file=sys.stderr)
        if peer in standing.FAMILY:
            sys.stderr.write(answer.complaint)
    for name, row in enrolled(results, workload).items():
        row.figures.setdefault(peer, []).append(answer.figures.get(name))
        if answer.failure:
            row.failures[peer] = answer.failure


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds (default: 5)")
    parser.add_argument(
        "--quick", action="store_true", help="a little of each: does everything run? No figures."
    )
    parser.add_argument(
        "--only", action="append", metavar="NAME", help="workloads by part of the name or glob"
    )
    parser.add_argument(
        "--group", action="append", choices=GROUPS, help="all workloads of a group (repeatable)"
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
    workloads = chosen(options.only, options.group)
    if options.list:
        for workload in workloads:
            for name, reading in workload.rows().items():
                print(f"{GROUP_OF[workload.name]:8} {name:32} {reading.what}")
        return 0
    if not workloads:
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
    out = options.out or default_out(results.python, overhead=options.overhead)
    for number in range(1 if options.quick else options.rounds):
        print(f"round {number + 1}", file=sys.stderr)
        whole_round = smoke_round if options.quick else one_round
        whole_round(bench, results, workloads, rotated(peers, number))
        results.save(out)
    print(tables.complete(results, {}))
    if options.quick:
        print("\nA smoke run: these figures mean nothing, so none is judged.")
    failed = any(peer in row.failures for row in results.rows.values() for peer in standing.FAMILY)
    missed = options.check and standing.missed(results)
    return 1 if failed or missed else 0


def default_out(python: str, *, overhead: bool) -> Path:
    """Return a place that git ignores; benchmarks/results keeps chosen runs only."""
    version = ".".join(python.split(".")[:2])
    subject = "overhead" if overhead else "cpython"
    return machine.ROOT / "build" / "benchmarks" / f"{subject}-{version}.json"


if __name__ == "__main__":
    raise SystemExit(command())
