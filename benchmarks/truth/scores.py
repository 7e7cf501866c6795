"""The results file of the scoreboard: one corpus, one Python, and each tool's verdicts.

A later run of one tool replaces that tool's part and leaves the others as they were.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from benchmarks.truth.judgement import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


@dataclass(slots=True)
class Score:
    """One tool on all programs.

    Attributes:
        version: The tool's, or the Python's where it is part of Python.
        verdicts: By program.
        cpu: Ratios of CPU time to plain asyncio's, one for each round; none for a linter.
        commit: Of the checkout, where the tool is ours.
    """

    version: str
    verdicts: dict[str, Verdict] = field(default_factory=dict)
    cpu: list[float] = field(default_factory=list)
    commit: str | None = None

    def bugs(self) -> Iterable[tuple[str, int, str, bool, bool]]:
        """Yield program, number, kind, found, located of every planted bug."""
        for name, verdict in self.verdicts.items():
            outcomes = zip(verdict.expected, verdict.found, verdict.located, strict=True)
            for number, (kind, found, located) in enumerate(outcomes):
                yield name, number, kind, found, located

    def clean(self) -> int:
        return sum(not verdict.expected for verdict in self.verdicts.values())

    def accused(self) -> int:
        """Return how many clean programs it accused of something."""
        return sum(verdict.accused > 0 for verdict in self.verdicts.values())

    def others(self) -> int:
        """Return how many claims it made of programs with bugs that are about none of these."""
        return sum(verdict.others for verdict in self.verdicts.values())


@dataclass(slots=True)
class Scores:
    """The whole scoreboard."""

    corpus: str
    python: str
    machine: dict[str, str | int]
    tools: dict[str, Score] = field(default_factory=dict)

    def save(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, path: Path) -> Scores:
        stored = json.loads(path.read_text())
        tools = {
            name: Score(
                **score | {"verdicts": {k: Verdict(**v) for k, v in score["verdicts"].items()}}
            )
            for name, score in stored.pop("tools").items()
        }
        return cls(**stored, tools=tools)
