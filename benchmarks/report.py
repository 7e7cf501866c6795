"""Turns a results file into the table that people read: `python -m benchmarks.report FILE`.

The README's and the docs' figures come from here alone. With `--into PAGE` the table replaces what
stands between the page's two marker comments.
"""

from __future__ import annotations

import argparse
import math
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.peers import PEERS
from benchmarks.results import Results, Row

OURS = "trueloop"
ACCELERATED = "trueloop-accelerated"
BARE = "trueloop-bare"
FAMILY = (OURS, ACCELERATED, BARE)
YARDSTICK = "uvloop"
OVERHEAD_LIMIT = 1.05
BEGIN = "<!-- bench:start -->"
END = "<!-- bench:end -->"
NOTHING = "-"


def nanoseconds(figure: float | None) -> str:
    if figure is None:
        return NOTHING
    return f"{figure:,.0f}".replace(",", " ")


def ratio(ratios: Sequence[float]) -> str:
    """Return the median with the range of the rounds, as in `0.31 (0.30 to 0.33)`."""
    if not ratios:
        return NOTHING
    if len(ratios) == 1:
        return f"{ratios[0]:.2f}"
    return f"{median(ratios):.2f} ({ratios[0]:.2f} to {ratios[-1]:.2f})"


def percent(ratios: Sequence[float]) -> str:
    return f"{(median(ratios) - 1) * 100:+.1f} %" if ratios else NOTHING


def keeps(row: Row, peer: str = OURS) -> bool | None:
    """Return whether the row keeps its promise, None if it made none or was not measured."""
    ratios = row.ratios(peer, YARDSTICK)
    target = row.target_of(peer)
    if target is None or not ratios:
        return None
    return round(median(ratios), 2) <= target


def promise(row: Row, peer: str) -> str:
    """Return the target and whether it is kept, as in `≤ 0.30 ok`."""
    target = row.target_of(peer)
    if target is None:
        return ""
    verdict = {True: " ok", False: " MISS", None: ""}[keeps(row, peer)]
    return f"≤ {target:.2f}{verdict}"


def missed(results: Results) -> list[str]:
    """Return the names of the workloads that miss a target."""
    return [
        name
        for name, row in results.workloads.items()
        if any(keeps(row, peer) is False for peer in (OURS, ACCELERATED))
    ]


def table(results: Results, *, promised: bool = False) -> str:
    """Return the Markdown table: one line per workload, CPU nanoseconds per operation.

    `promised`: the short form, only rows with a target and without the loop that has no detectors.
    """
    peers = [peer for peer in PEERS if peer in results.peers and not (promised and peer == BARE)]
    compared = [peer for peer in (OURS, ACCELERATED) if {peer, YARDSTICK} <= set(peers)]
    weighed = OURS in peers and BARE in peers
    head = ["workload", *(f"{peer} ns" for peer in peers)]
    for peer in compared:
        head += [f"{peer} / {YARDSTICK}", "target"]
    if weighed:
        head.append("detectors")
    lines = []
    for name, row in results.workloads.items():
        if promised and row.target is None and row.accelerated is None:
            continue
        line = [name, *(figure(row, peer) for peer in peers)]
        for peer in compared:
            line += [ratio(row.ratios(peer, YARDSTICK)), promise(row, peer)]
        if weighed:
            line.append(percent(row.ratios(OURS, BARE)))
        lines.append(line)
    parts = [markdown(head, lines)]
    parts += [standing(results, peers, peer) for peer in compared if not promised]
    if weighed:
        parts.append(overhead(results))
    return "\n\n".join(part for part in parts if part)


def figure(row: Row, peer: str) -> str:
    return row.failures.get(peer) or nanoseconds(row.typical_ns(peer))


def standing(results: Results, peers: Sequence[str], ours: str) -> str:
    """Return how the loops stand over the scheduling workloads, and where `ours` is not first.

    Empty if there is no workload that all of them have run.
    """
    rivals = [peer for peer in peers if peer not in FAMILY]
    rows = {name: row for name, row in results.workloads.items() if row.scheduling}
    shared = {
        name: row
        for name, row in rows.items()
        if all(row.ratios(peer, YARDSTICK) for peer in (*rivals, ours))
    }
    if not shared:
        return ""
    means = []
    for peer in (*rivals, ours):
        gains = (1 / median(row.ratios(peer, YARDSTICK)) for row in shared.values())
        if peer != YARDSTICK:
            means.append(f"{peer} {geometric_mean(gains):.2f}")
    behind = [
        f"{name} ({rival} needs {median(ratios):.2f} of it)"
        for name, row in rows.items()
        for rival in rivals
        if (ratios := row.ratios(rival, ours)) and median(ratios) < 1
    ]
    first = f"behind in {', '.join(behind)}" if behind else "first in every one of them"
    return (
        f"Times as fast as {YARDSTICK} over {len(shared)} scheduling workloads (geometric mean of "
        f"CPU time): {', '.join(means)}. {ours} is {first}."
    )


def geometric_mean(figures: Iterable[float]) -> float:
    logarithms = [math.log(figure) for figure in figures]
    return math.exp(sum(logarithms) / len(logarithms))


def overhead(results: Results) -> str:
    """Return the sentence about what all detectors together cost the scheduling workloads."""
    costs = [
        median(ratios)
        for row in results.workloads.values()
        if row.scheduling and (ratios := row.ratios(OURS, BARE))
    ]
    if not costs:
        return "No scheduling workload was run with and without detectors."
    mean = geometric_mean(costs)
    verdict = "ok" if mean <= OVERHEAD_LIMIT else "MISS"
    return (
        f"All detectors together: {(mean - 1) * 100:+.1f} % CPU over the {len(costs)} scheduling "
        f"workloads (geometric mean; at most {(max(costs) - 1) * 100:+.1f} % in one of them; "
        f"target ≤ {(OVERHEAD_LIMIT - 1) * 100:.0f} %: {verdict})."
    )


def markdown(head: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table whose columns also line up in a terminal."""
    cells = [list(head), *map(list, lines)]
    widths = [max(3, *(len(line[column]) for line in cells)) for column in range(len(head))]

    def drawn(line: Sequence[str]) -> str:
        first, *rest = (
            cell.ljust(width) if not column else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(line, widths, strict=True))
        )
        return f"| {' | '.join([first, *rest])} |"

    rule = ["-" * widths[0], *("-" * (width - 1) + ":" for width in widths[1:])]
    return "\n".join([drawn(cells[0]), drawn(rule), *map(drawn, cells[1:])])


def provenance(results: Results) -> str:
    """Return the sentence that says what was measured, where and how often."""
    versions = ", ".join(
        f"{peer} {version}"
        for peer, version in results.peers.items()
        if peer not in ("asyncio", ACCELERATED, BARE)
    )
    where = results.machine
    return (
        f"CPU time per operation, median of {results.rounds} interleaved rounds, each figure a "
        f"fresh process pinned to one CPU. CPython {results.python}; {versions} "
        f"(commit {results.commit}). {where['cpu']}, {where['cpus']} CPUs, "
        f"Linux {where['kernel']}, {where['libc']}."
    )


def put_into(page: Path, text: str) -> None:
    """Replace what stands between the page's marker comments.

    Raises:
        ValueError: The page does not have each marker exactly once.
    """
    put_between(BEGIN, END, page, text)


def put_between(begin: str, end: str, page: Path, text: str) -> None:
    """Replace what stands between two marker comments of a page.

    Raises:
        ValueError: The page does not have the one followed by the other.
    """
    before, found_begin, rest = page.read_text().partition(begin)
    _, found_end, after = rest.partition(end)
    if not found_begin or not found_end:
        raise ValueError(f"{page.name} has no line {begin} followed by a line {end}.")
    page.write_text(f"{before}{begin}\n{text}\n{end}{after}")


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__)
    parser.add_argument("results", type=Path, help="a file that python -m benchmarks wrote")
    parser.add_argument(
        "--promised", action="store_true", help="the short form: rows with a target"
    )
    parser.add_argument("--into", type=Path, metavar="PAGE", help="rewrite that page's table")
    options = parser.parse_args(given)
    results = Results.load(options.results)
    text = f"{table(results, promised=options.promised)}\n\n{provenance(results)}"
    if options.into is None:
        print(text)
        return 0
    try:
        put_into(options.into, text)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(command())
