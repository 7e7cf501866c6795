"""What is measured: a workload, and the meter it switches on around the part that counts.

A workload is one coroutine function that uses stock asyncio only and knows neither the loop that
runs it nor what is done with its figures.
"""

from __future__ import annotations

import gc
import glob
import importlib.util
import shutil
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType


class Unavailable(Exception):
    """What the workload needs is not on this machine; the message says what."""


def program(name: str, places: str = "") -> str:
    """Return where a program that the workload needs is: on PATH, or in folders by a pattern.

    Raises:
        Unavailable: It is not installed.
    """
    for place in (None, *sorted(glob.glob(places), reverse=True)):
        if path := shutil.which(name, path=place):
            return path
    raise Unavailable(f"the program {name} is not installed")


def want_module(name: str) -> None:
    """Make sure that a module the workload imports is there.

    Raises:
        Unavailable: It is not.
    """
    if importlib.util.find_spec(name) is None:
        raise Unavailable(f"the module {name} is not installed")


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a figure counts.

    Attributes:
        unit: Of one figure, as the tables show it.
        more_is_better: Whether a loop is better for a higher figure.
    """

    unit: str
    more_is_better: bool = False


CPU_TIME = Quantity("ns")
LATENCY = Quantity("µs")
STEPS = Quantity("steps")
RATE = Quantity("/s", more_is_better=True)
MEMORY = Quantity("B")
FOOTPRINT = Quantity("MiB")
OBJECTS = Quantity("objects")
START_UP = Quantity("ms")


@dataclass(frozen=True, slots=True)
class Reading:
    """One row of a table: a figure that a workload yields.

    Attributes:
        name: What the row's name has after the workload's; empty for the metered CPU time.
        what: What the figure is, in words.
        quantity: What it counts.
        target: The ratio trueloop/uvloop that the project promises: at most this, or at least this
            where more is better. None for no promise.
        accelerated: The same for trueloop with its native primitives under asyncio's names.
    """

    name: str
    what: str
    quantity: Quantity = CPU_TIME
    target: float | None = None
    accelerated: float | None = None


@dataclass(slots=True)
class Spent:
    """What a metered block has used, once it is left."""

    cpu_ns: int = 0


@dataclass(slots=True)
class Meter:
    """Collects what a workload yields: samples by the name of the reading.

    Each `with meter:` block is a sample of CPU nanoseconds per operation, named "". The clock
    counts the whole process, so a loop's helper threads are on its bill.

    Attributes:
        operations: How many operations one block does.
        peer: The loop under test, for the few workloads that start a program of their own on it.
    """

    operations: int
    peer: str = ""
    samples: dict[str, list[float]] = field(default_factory=dict)
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
        if kind is None:
            self.note("", spent_ns / self.operations)

    @contextmanager
    def named(self, reading: str, operations: int) -> Iterator[Spent]:
        """Take a sample of CPU nanoseconds per operation of the block, under a name of its own."""
        gc.collect()
        spent = Spent()
        started_ns = time.process_time_ns()
        yield spent
        spent.cpu_ns = time.process_time_ns() - started_ns
        self.note(reading, spent.cpu_ns / operations)

    def note(self, reading: str, figure: float) -> None:
        """Add a sample of a reading."""
        self.samples.setdefault(reading, []).append(figure)


@dataclass(frozen=True, slots=True)
class Workload:
    """A program that is measured, and what it yields: its metered CPU time and further readings.

    Attributes:
        name: The name of its first row; also what `--only` matches.
        operation: What one operation is, in words, for the README.
        operations: How many of them one measured repetition does.
        body: Does `operations` of them inside a `with meter:` block.
        target: Highest CPU ratio trueloop/uvloop that the project accepts, None for no promise.
        repetitions: How often a process repeats the body; the best repetition counts.
        smallest: The fewest operations with which the body still makes sense.
        scheduling: Whether the row belongs to the scheduling table that diagnostics may slow by
            at most five percent.
        accelerated: The target for trueloop with its native primitives under asyncio's names.
        readings: What it notes beside the CPU time.
        metered: Whether it has a `with meter:` block at all.
        floors: Whether the floors can run it, too.
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
    readings: tuple[Reading, ...] = ()
    metered: bool = True
    floors: bool = False

    def rows(self) -> dict[str, Reading]:
        """Return its readings by the name of their row."""
        cpu_time = Reading("", self.operation, CPU_TIME, self.target, self.accelerated)
        readings = (cpu_time, *self.readings) if self.metered else self.readings
        return {
            f"{self.name}_{reading.name}" if reading.name else self.name: reading
            for reading in readings
        }
