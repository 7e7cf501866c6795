"""Timers that are armed."""

import asyncio

from benchmarks.footprint.scales import row, weighed
from benchmarks.workload import Meter

LONG_S = 3600


def _nothing() -> None:
    pass


async def memory_timer(meter: Meter, operations: int) -> None:
    call_later = asyncio.get_running_loop().call_later
    with weighed(meter, operations):
        timers = [call_later(LONG_S, _nothing) for _ in range(operations)]
    for timer in timers:
        timer.cancel()


ROWS = (row("memory_timer", "an armed call_later()", 50_000, memory_timer),)
