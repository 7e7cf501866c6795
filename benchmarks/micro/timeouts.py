"""Timeouts that do not strike."""

import asyncio

from benchmarks.workload import Meter, Workload

EACH_PASS = 100


async def _nothing() -> None:
    pass


async def timeout_ctx(meter: Meter, operations: int) -> None:
    with meter:
        for _ in range(operations // EACH_PASS):
            for _ in range(EACH_PASS):
                async with asyncio.timeout(60):  # noqa: ASYNC100 - the timer alone is measured
                    pass
            await asyncio.sleep(0)


async def wait_for(meter: Meter, operations: int) -> None:
    with meter:
        for _ in range(operations // EACH_PASS):
            for _ in range(EACH_PASS):
                await asyncio.wait_for(_nothing(), 60)
            await asyncio.sleep(0)


ROWS = (
    Workload(
        "timeout_ctx",
        "entering and leaving timeout(60), 100 for each pass of the loop",
        50_000,
        timeout_ctx,
        smallest=EACH_PASS,
        accelerated=0.15,
    ),
    Workload(
        "wait_for",
        "wait_for of an empty coroutine",
        30_000,
        wait_for,
        smallest=EACH_PASS,
        accelerated=0.15,
    ),
)
