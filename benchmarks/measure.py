"""One measured process: `python -m benchmarks.measure PEER WORKLOAD OPERATIONS REPETITIONS`.

Runs one workload on one loop and writes the CPU nanoseconds per operation as one JSON line. Started
afresh for every figure, so that no loop inherits the memory, the caches or the garbage of another.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import TYPE_CHECKING

from benchmarks.peers import PEERS
from benchmarks.workload import Meter

if TYPE_CHECKING:
    from benchmarks.workload import Workload

WARM_UP_SHARE = 10


def warm_malloc() -> None:
    """Make glibc keep big blocks instead of mapping and unmapping each.

    Loops that receive into a fresh 256 KiB object pay a mmap and a munmap per read until glibc has
    seen one such block freed. When that happens is luck, and triples the cost of an echo.
    """
    block = bytearray(16 << 20)
    del block


async def run(row: Workload, meter: Meter) -> None:
    await row.body(meter, meter.operations)


def measure(peer: str, workload: str, operations: int, repetitions: int) -> float:
    """Return the CPU nanoseconds per operation of the cheapest repetition."""
    PEERS[peer].prepare()
    from benchmarks.suite import WORKLOADS  # now, so that `from asyncio import ...` in it is fast

    warm_malloc()
    row = WORKLOADS[workload]
    meter = Meter(operations)
    with asyncio.Runner(loop_factory=PEERS[peer].new_event_loop) as runner:
        if repetitions > 1:
            runner.run(run(row, Meter(max(row.smallest, operations // WARM_UP_SHARE))))
        for _ in range(repetitions):
            runner.run(run(row, meter))
    return min(meter.samples_ns)


def command(peer: str, workload: str, operations: str, repetitions: str) -> int:
    try:
        figure = measure(peer, workload, int(operations), int(repetitions))
    except Exception as error:
        print(json.dumps({"failure": type(error).__name__}))
        raise
    print(json.dumps({"cpu_ns": round(figure, 2)}))
    return 0


if __name__ == "__main__":
    raise SystemExit(command(*sys.argv[1:]))
