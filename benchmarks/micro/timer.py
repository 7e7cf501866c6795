"""Timers that never fire, as every timeout arms them."""

import asyncio

from benchmarks.workload import Meter, Workload

ARMED = 100


def _nothing() -> None:
    pass


async def call_later_cancel(meter: Meter, operations: int) -> None:
    call_later = asyncio.get_running_loop().call_later
    with meter:
        for _ in range(operations):
            call_later(60, _nothing).cancel()
        await asyncio.sleep(0)


async def call_later_cancel_passing(meter: Meter, operations: int) -> None:
    call_later = asyncio.get_running_loop().call_later
    with meter:
        for _ in range(operations // ARMED):
            for _ in range(ARMED):
                call_later(60, _nothing).cancel()
            await asyncio.sleep(0)


ROWS = (
    Workload(
        "call_later_cancel",
        "call_later and cancel, 100 000 before the loop runs again",
        100_000,
        call_later_cancel,
        0.40,
    ),
    Workload(
        "call_later_cancel_passing",
        "call_later and cancel, 100 for each pass of the loop",
        100_000,
        call_later_cancel_passing,
        smallest=ARMED,
    ),
)
