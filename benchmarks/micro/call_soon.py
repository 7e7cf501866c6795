"""Plain callbacks that schedule their successor."""

import asyncio

from benchmarks.workload import Meter, Workload


async def _run_chains(meter: Meter, operations: int, chains: int) -> None:
    loop = asyncio.get_running_loop()
    call_soon = loop.call_soon
    finished = loop.create_future()
    left = operations
    unfinished = chains

    def link() -> None:
        nonlocal left, unfinished
        left -= 1
        if left > 0:
            call_soon(link)
            return
        unfinished -= 1
        if not unfinished:
            finished.set_result(None)

    with meter:
        for _ in range(chains):
            call_soon(link)
        await finished


async def call_soon_chain(meter: Meter, operations: int) -> None:
    await _run_chains(meter, operations, 1)


async def call_soon_1000chains(meter: Meter, operations: int) -> None:
    await _run_chains(meter, operations, 1000)


ROWS = (
    Workload("call_soon_chain", "one callback of the only chain", 200_000, call_soon_chain, 0.70),
    Workload(
        "call_soon_1000chains",
        "one callback of one of 1000 chains",
        500_000,
        call_soon_1000chains,
        0.70,
        smallest=1000,
    ),
)
