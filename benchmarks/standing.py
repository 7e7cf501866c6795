"""How the loops stand: kept promises, who is first, means over many rows, what detectors cost."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from benchmarks.peers import PEERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from benchmarks.results import Results, Row

OURS = "trueloop"
ACCELERATED = "trueloop-accelerated"
BARE = "trueloop-bare"
FAMILY = (OURS, ACCELERATED, BARE)
FLOORS = tuple(name for name, peer in PEERS.items() if peer.floor)
PROMISED = (OURS, ACCELERATED)
YARDSTICK = "uvloop"
OVERHEAD_LIMIT = 1.05
NEARLY_ALL = 0.85


def geometric_mean(figures: Iterable[float]) -> float:
    logarithms = [math.log(figure) for figure in figures]
    return math.exp(sum(logarithms) / len(logarithms))


def keeps(row: Row, peer: str = OURS) -> bool | None:
    """Return whether the row keeps its promise, None if it made none or was not measured."""
    ratios = row.ratios(peer, YARDSTICK)
    target = row.target_of(peer)
    if target is None or not ratios:
        return None
    typical = round(median(ratios), 2)
    return typical >= target if row.more_is_better else typical <= target


def missed(results: Results) -> list[str]:
    """Return the names of the rows that miss a target."""
    return [
        name
        for name, row in results.rows.items()
        if any(keeps(row, peer) is False for peer in PROMISED)
    ]


@dataclass(frozen=True, slots=True)
class Defeat:
    """A row in which another loop is ahead of trueloop, plain and accelerated.

    `share`: What the rival needs of what the better of ours needs.
    """

    row: str
    rival: str
    share: float


def defeats(results: Results, rows: Iterable[str]) -> list[Defeat]:
    """Return where trueloop is not first, the best rival for each such row."""
    found = []
    for name in rows:
        row = results.rows[name]
        costs = {peer: row.cost(peer, YARDSTICK) for peer in PROMISED}
        ours = min(((cost, peer) for peer, cost in costs.items() if cost is not None), default=None)
        if ours is None:
            continue
        shares = [
            (share, rival)
            for rival in results.peers
            if rival not in (*FAMILY, *FLOORS) and (share := row.cost(rival, ours[1])) is not None
        ]
        if shares and round(min(shares)[0], 2) < 1:
            found.append(Defeat(name, min(shares)[1], min(shares)[0]))
    return found


def shared_rows(results: Results, names: Iterable[str], peers: Sequence[str]) -> list[str]:
    """Return the rows that all these loops have run."""
    return [
        name
        for name in names
        if all(results.rows[name].cost(peer, YARDSTICK) is not None for peer in peers)
    ]


def comparable(
    results: Results, names: Sequence[str], peers: Sequence[str]
) -> tuple[list[str], list[str]]:
    """Return the loops that run nearly all of these rows, and the rows that all those have run.

    Only rows of CPU time: a rate is the same figure once more.
    """
    names = [name for name in names if results.rows[name].unit == "ns"]
    able = [
        peer
        for peer in peers
        if len(shared_rows(results, names, [peer])) >= NEARLY_ALL * len(names)
    ]
    return able, shared_rows(results, names, able)


def gains(results: Results, names: Sequence[str], peers: Iterable[str]) -> dict[str, float]:
    """Return how many times as fast as uvloop each loop is: the geometric mean over these rows."""
    return {
        peer: geometric_mean(1 / (results.rows[name].cost(peer, YARDSTICK) or 1) for name in names)
        for peer in peers
    }


def loops(results: Results) -> list[str]:
    """Return the loops that are compared, in the order of the tables: no floors, no bare one."""
    return [peer for peer in PEERS if peer in results.peers and peer not in (*FLOORS, BARE)]


def detector_costs(results: Results) -> list[float]:
    """Return the ratio of CPU time with all detectors to that without, for each scheduling row."""
    costs = (row.cost(OURS, BARE) for row in results.rows.values() if row.scheduling)
    return [cost for cost in costs if cost is not None]
