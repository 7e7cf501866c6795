"""The sections of a report: which rows stand together, and what is compared in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from benchmarks.results import Results, Row


@dataclass(frozen=True, slots=True)
class Section:
    """Rows that are shown together.

    Attributes:
        name: Of its chart's file.
        title: Its heading.
        compared: What the chart compares, in words.
        has: Whether it has a row of that name.
        means: Whether "times as fast" makes sense of its rows.
    """

    name: str
    title: str
    compared: str
    has: Callable[[str, Row], bool]
    means: bool = False

    @property
    def chart_title(self) -> str:
        return f"{self.title}: {self.compared}"

    def rows(self, results: Results) -> list[str]:
        return [name for name, row in results.rows.items() if self.has(name, row)]


def _is_echo(name: str, row: Row) -> bool:
    return row.group == "macro" and name.startswith("echo_")


def _is_program(name: str, row: Row) -> bool:
    return row.group == "macro" and not _is_echo(name, row)


def _is_highlight(name: str, row: Row) -> bool:
    """Whether a reader in a hurry should see it: promised primitives, one crowd of each kind."""
    if row.group == "micro":
        return row.accelerated is not None
    if _is_echo(name, row):
        return name.endswith("_1k_c50")
    return _is_program(name, row) and row.unit == "ns" and not name.endswith("_c1")


CPU_TIME = "CPU time of an operation, relative to uvloop's"
SECTIONS = (
    Section(
        "scheduling",
        "Scheduling and primitives",
        CPU_TIME,
        lambda _, row: row.group == "micro",
        means=True,
    ),
    Section("sockets", "Echo over sockets", CPU_TIME, _is_echo, means=True),
    Section("programs", "Programs", CPU_TIME, _is_program, means=True),
    Section(
        "latency", "Latency", "waiting, relative to uvloop", lambda _, row: row.group == "latency"
    ),
    Section("memory", "Memory", "relative to uvloop's", lambda _, row: row.group == "memory"),
    Section(
        "startup",
        "Start-up",
        "relative to uvloop's",
        lambda _, row: row.group == "startup",
    ),
)
HIGHLIGHTS = Section("highlights", "At a glance", CPU_TIME, _is_highlight)
