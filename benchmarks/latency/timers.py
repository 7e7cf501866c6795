"""How far from its moment a timer fires: on an idle loop, and on one that always has work."""

from __future__ import annotations

import asyncio
import random
import time

from benchmarks.latency import percentiles
from benchmarks.latency.answers import TASKS, work
from benchmarks.workload import Meter, Workload

LONGEST_S = 0.002


async def _fire(meter: Meter, timers: int) -> None:
    """Arm one timer after the other; note how far each was from its moment, either way."""
    loop = asyncio.get_running_loop()
    delays_s = random.Random(11)
    waits: list[float] = []
    for _ in range(timers):
        fired = loop.create_future()
        delay_s = delays_s.uniform(0.0001, LONGEST_S)
        due_s = time.monotonic() + delay_s

        def fire(due_s: float = due_s, fired: asyncio.Future[None] = fired) -> None:
            waits.append(abs(time.monotonic() - due_s) * 1e6)
            fired.set_result(None)

        loop.call_later(delay_s, fire)
        await fired
    percentiles.note(meter, waits)


async def timer_idle(meter: Meter, operations: int) -> None:
    await _fire(meter, operations)


async def timer_busy(meter: Meter, operations: int) -> None:
    working = [asyncio.create_task(work()) for _ in range(TASKS)]
    await _fire(meter, operations)
    for task in working:
        task.cancel()
    await asyncio.wait(working)


ROWS = (
    Workload(
        "timer_idle",
        "",
        200,
        timer_idle,
        repetitions=1,
        scheduling=False,
        metered=False,
        readings=percentiles.readings("a timer's distance from its moment on an idle loop"),
    ),
    Workload(
        "timer_busy",
        "",
        200,
        timer_busy,
        repetitions=1,
        scheduling=False,
        metered=False,
        readings=percentiles.readings(f"the same beside {TASKS} tasks that are always ready"),
    ),
)
