"""The results file: what one run measured, and where. report.py makes tables of it.

{"python", "commit", "machine": {...}, "peers": {peer: version}, "rounds",
 "workloads": {name: {"operation", "target", "accelerated", "scheduling",
                      "cpu_ns": {peer: [one figure per round, null if it failed]},
                      "failures": {peer: reason}}}}
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(slots=True)
class Row:
    """The figures of one workload."""

    operation: str
    target: float | None
    scheduling: bool
    accelerated: float | None = None
    cpu_ns: dict[str, list[float | None]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def typical_ns(self, peer: str) -> float | None:
        """Return the median CPU nanoseconds of one operation, None if it never ran."""
        figures = [figure for figure in self.cpu_ns.get(peer, ()) if figure is not None]
        return median(figures) if figures else None

    def target_of(self, peer: str) -> float | None:
        """Return the highest ratio to uvloop that is promised of a loop, None for no promise."""
        return {"trueloop": self.target, "trueloop-accelerated": self.accelerated}.get(peer)

    def ratios(self, peer: str, yardstick: str) -> list[float]:
        """Return peer/yardstick for each round in which both ran, in ascending order.

        A round measures the two one after the other; a change of the machine's mood between rounds
        therefore does not touch the ratio.
        """
        pairs = zip(self.cpu_ns.get(peer, ()), self.cpu_ns.get(yardstick, ()), strict=False)
        return sorted(mine / other for mine, other in pairs if mine and other)


@dataclass(slots=True)
class Results:
    """One run of the benchmarks on one Python."""

    python: str
    commit: str
    machine: dict[str, str | int]
    peers: dict[str, str]
    rounds: int = 0
    workloads: dict[str, Row] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Results:
        stored = json.loads(path.read_text())
        rows = {name: Row(**row) for name, row in stored.pop("workloads").items()}
        return cls(**stored, workloads=rows)
