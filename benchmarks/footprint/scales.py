"""Weighs what a program makes: resident bytes and objects of the collector, for each of many."""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

from benchmarks.memory import resident_kib
from benchmarks.workload import MEMORY, OBJECTS, Meter, Reading, Workload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator


@contextmanager
def weighed(meter: Meter, things: int) -> Iterator[None]:
    """Note what one of so many things weighs that are made in the block, and alive at its end."""
    before_kib, before_objects = resident_kib(), len(gc.get_objects())
    yield
    meter.note("", (resident_kib() - before_kib) * 1024 / things)
    meter.note("objects", (len(gc.get_objects()) - before_objects) / things)


def row(
    name: str, thing: str, things: int, body: Callable[[Meter, int], Awaitable[None]]
) -> Workload:
    """Return the workload that weighs so many things in its body."""
    return Workload(
        name,
        thing,
        things,
        body,
        repetitions=1,
        smallest=100,
        scheduling=False,
        metered=False,
        readings=(
            Reading("", f"resident memory of {thing}", MEMORY),
            Reading("objects", f"tracked by the garbage collector of {thing}", OBJECTS),
        ),
    )
