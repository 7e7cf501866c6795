"""How much memory this process occupies, and whether a series of such readings grows."""

from __future__ import annotations

import gc
import resource
from collections.abc import Sequence
from pathlib import Path
from statistics import median

TOLERANCE_KIB = 512


def resident_kib() -> int:
    """Return the resident set in KiB, after a garbage collection."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() // 1024


def growth_kib(curve: Sequence[int]) -> float:
    """Return by how much the last quarter of the readings lies above the second quarter.

    The first quarter is left out: pools, caches and the allocator reach their working size in it.
    Medians, because a single reading may catch the allocator between two decisions.
    """
    quarter = max(1, len(curve) // 4)
    return median(curve[-quarter:]) - median(curve[quarter : 2 * quarter])


def is_flat(curve: Sequence[int]) -> bool:
    return growth_kib(curve) <= TOLERANCE_KIB


def drawn(curve: Sequence[int]) -> str:
    """Return the curve as a line of blocks between its lowest and its highest reading."""
    low, high = min(curve), max(curve)
    blocks = "▁▂▃▄▅▆▇█"
    step = max(1, high - low) / (len(blocks) - 1)
    return "".join(blocks[round((reading - low) / step)] for reading in curve)
