"""The results file: what one run measured, and where. report.py makes tables and charts of it.

{"python", "commit", "machine": {...}, "peers": {peer: version}, "left_out": {workload: reason},
 "rows": {name: {"what", "group", "unit", "more_is_better", "target", "accelerated", "scheduling",
                 "figures": {peer: [one per round, null if it failed]},
                 "failures": {peer: reason}}}}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class Unlike(ValueError):
    """Two results that cannot be put together; the message says why."""


@dataclass(slots=True)
class Row:
    """The figures of one row of a table.

    A target is a ratio to uvloop: the highest that is promised, or the lowest where more is better.
    """

    what: str
    group: str = "micro"
    unit: str = "ns"
    more_is_better: bool = False
    target: float | None = None
    accelerated: float | None = None
    scheduling: bool = False
    figures: dict[str, list[float | None]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    @property
    def rounds(self) -> int:
        return max(map(len, self.figures.values()), default=0)

    def typical(self, peer: str) -> float | None:
        """Return the median figure, None if it never ran."""
        figures = [figure for figure in self.figures.get(peer, ()) if figure is not None]
        return median(figures) if figures else None

    def target_of(self, peer: str) -> float | None:
        """Return the ratio to uvloop that is promised of a loop, None for no promise."""
        return {"trueloop": self.target, "trueloop-accelerated": self.accelerated}.get(peer)

    def ratios(self, peer: str, yardstick: str) -> list[float]:
        """Return peer/yardstick for each round in which both ran, in ascending order.

        A round measures the two one after the other; a change of the machine's mood between rounds
        therefore does not touch the ratio.
        """
        pairs = zip(self.figures.get(peer, ()), self.figures.get(yardstick, ()), strict=False)
        return sorted(mine / other for mine, other in pairs if mine and other)

    def cost(self, peer: str, yardstick: str) -> float | None:
        """Return the median ratio so turned that less is better, None if one of them never ran."""
        ratios = self.ratios(peer, yardstick)
        if not ratios:
            return None
        return 1 / median(ratios) if self.more_is_better else median(ratios)

    def add(self, other: Row) -> None:
        """Append the rounds of the same row from another run; what failed in one stays failed."""
        rounds = self.rounds
        for peer, figures in other.figures.items():
            mine = self.figures.setdefault(peer, [])
            mine += [None] * (rounds - len(mine)) + figures
        self.failures |= other.failures


@dataclass(slots=True)
class Results:
    """What was measured on one Python of one machine."""

    python: str
    commit: str
    machine: dict[str, str | int]
    peers: dict[str, str]
    left_out: dict[str, str] = field(default_factory=dict)
    rows: dict[str, Row] = field(default_factory=dict)

    def add(self, other: Results) -> None:
        """Take in another run: its rows, and its rounds of the rows that are here already.

        Raises:
            Unlike: It was measured on another Python or machine, of another commit, or against
                another version of a loop.
        """
        for name in ("python", "commit", "machine"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise Unlike(f"one has the {name} {mine}, the other {theirs}")
        for peer, version in other.peers.items():
            if self.peers.setdefault(peer, version) != version:
                raise Unlike(f"one has {peer} {self.peers[peer]}, the other {version}")
        for name, row in other.rows.items():
            if name in self.rows:
                self.rows[name].add(row)
            else:
                self.rows[name] = row
        self.left_out |= other.left_out

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Results:
        stored = json.loads(path.read_text())
        rows = {name: Row(**row) for name, row in stored.pop("rows").items()}
        return cls(**stored, rows=rows)
