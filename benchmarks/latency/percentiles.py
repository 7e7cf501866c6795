"""The middle and the tail of many waits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.workload import LATENCY, Meter, Quantity, Reading

if TYPE_CHECKING:
    from collections.abc import Sequence


def percentile(waits: Sequence[float], share: float) -> float:
    """Return the smallest wait that at least this share of all waits does not exceed."""
    ordered = sorted(waits)
    return ordered[max(0, -int(-len(ordered) * share // 1) - 1)]


def note(meter: Meter, waits: Sequence[float]) -> None:
    """Note the readings that `readings()` names."""
    meter.note("p50", percentile(waits, 0.5))
    meter.note("p99", percentile(waits, 0.99))


def readings(wait: str, quantity: Quantity = LATENCY) -> tuple[Reading, ...]:
    return (
        Reading("p50", f"{wait}, half of all are shorter", quantity),
        Reading("p99", f"{wait}, one in a hundred is longer", quantity),
    )
