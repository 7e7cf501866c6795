"""What is measured: a workload, and the meter it switches on around the part that counts.

A workload is one coroutine function that uses stock asyncio only and knows neither the loop that
runs it nor what is done with its figures.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from types import TracebackType


@dataclass(slots=True)
class Meter:
    """Collects CPU nanoseconds per operation, one sample for each `with meter:` block.

    The clock counts the whole process, so a loop's helper threads are on its bill.
    """

    operations: int
    samples_ns: list[float] = field(default_factory=list)
    _started_ns: int = 0

    def __enter__(self) -> None:
        gc.collect()
        self._started_ns = time.process_time_ns()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        spent_ns = time.process_time_ns() - self._started_ns
        self.samples_ns.append(spent_ns / self.operations)


@dataclass(frozen=True, slots=True)
class Workload:
    """One row of the table.

    Attributes:
        name: The row's name; also what `--only` matches.
        operation: What one operation is, in words, for the README.
        operations: How many of them one measured repetition does.
        body: Does `operations` of them inside a `with meter:` block.
        target: Highest CPU ratio trueloop/uvloop that the project accepts, None for no promise.
        accelerated: The same for trueloop with its native primitives under asyncio's names.
        repetitions: How often a process repeats the body; the cheapest repetition counts.
        smallest: The fewest operations with which the body still makes sense.
        scheduling: Whether the row belongs to the scheduling table that diagnostics may slow by
            at most five percent.
    """

    name: str
    operation: str
    operations: int
    body: Callable[[Meter, int], Awaitable[None]]
    target: float | None = None
    repetitions: int = 3
    smallest: int = 1
    scheduling: bool = True
    accelerated: float | None = None
