"""A loop that is made, runs an empty coroutine and is closed, in another thread."""

import asyncio

from benchmarks.peers import PEERS
from benchmarks.workload import Meter, Workload


async def _nothing() -> None:
    pass


async def loop_lifetime(meter: Meter, operations: int) -> None:
    new_event_loop = PEERS[meter.peer].new_event_loop

    def live() -> None:
        for _ in range(operations):
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(_nothing())

    with meter:
        await asyncio.to_thread(live)


ROWS = (
    Workload(
        "loop_lifetime",
        "a loop made, an empty coroutine run on it, closed",
        100,
        loop_lifetime,
        scheduling=False,
    ),
)
