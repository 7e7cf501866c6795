"""One measured process: `python -m benchmarks.measure PEER WORKLOAD:OPERATIONS:REPETITIONS ...`.

Runs workloads on one loop and writes a JSON line for each: its figures by row, or why there are
none. A figure that counts comes from a process with one workload, so that no loop inherits the
memory, the caches or the garbage of another; only a smoke run names many.
"""

from __future__ import annotations

import asyncio
import json
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from benchmarks.peers import PEERS
from benchmarks.workload import Meter, Unavailable

if TYPE_CHECKING:
    from benchmarks.workload import Workload

WARM_UP_SHARE = 10


@dataclass(frozen=True, slots=True)
class Order:
    """What to measure: a workload, how much of it at once, and how often."""

    workload: str
    operations: int
    repetitions: int

    def __str__(self) -> str:
        return f"{self.workload}:{self.operations}:{self.repetitions}"

    @classmethod
    def parse(cls, text: str) -> Order:
        workload, operations, repetitions = text.split(":")
        return cls(workload, int(operations), int(repetitions))


def warm_malloc() -> None:
    """Make glibc keep big blocks instead of mapping and unmapping each.

    Loops that receive into a fresh 256 KiB object pay a mmap and a munmap per read until glibc has
    seen one such block freed. When that happens is luck, and triples the cost of an echo.
    """
    block = bytearray(16 << 20)
    del block


async def run(row: Workload, meter: Meter) -> None:
    await row.body(meter, meter.operations)


def measure(peer: str, row: Workload, order: Order) -> dict[str, float]:
    """Return the best repetition's figure for each row of the workload.

    Raises:
        Unavailable: This machine lacks what the workload needs.
    """
    meter = Meter(order.operations, peer)
    with asyncio.Runner(loop_factory=PEERS[peer].new_event_loop) as runner:
        if order.repetitions > 1:
            few = max(row.smallest, order.operations // WARM_UP_SHARE)
            runner.run(run(row, Meter(few, peer)))
        for _ in range(order.repetitions):
            runner.run(run(row, meter))
    figures = {}
    for name, reading in row.rows().items():
        samples = meter.samples[reading.name]
        best = max(samples) if reading.quantity.more_is_better else min(samples)
        figures[name] = round(best, 2)
    return figures


def command(peer: str, *orders: str) -> int:
    PEERS[peer].prepare()
    from benchmarks.suite import WORKLOADS  # only now, after what the peer wants to come first

    warm_malloc()
    for order in map(Order.parse, orders):
        answer: dict[str, object] = {"workload": order.workload}
        try:
            answer["figures"] = measure(peer, WORKLOADS[order.workload], order)
        except Unavailable as reason:
            answer["unavailable"] = str(reason)
        except Exception as error:
            answer["failure"] = type(error).__name__
            print(json.dumps(answer), flush=True)
            raise
        print(json.dumps(answer), flush=True)
    return 0


if __name__ == "__main__":
    raise SystemExit(command(*sys.argv[1:]))
