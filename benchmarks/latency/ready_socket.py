"""How soon a loop that is busy with ready callbacks notices a socket that has become readable."""

from __future__ import annotations

import asyncio
import socket

from benchmarks.latency import percentiles
from benchmarks.workload import STEPS, Meter, Workload

PAUSE_STEPS = 37  # between one notice and the next byte; shares no factor with a polling interval


async def _watch(meter: Meter, trials: int, crowd: int) -> None:
    """Let `crowd` callbacks chase each other; count their steps from a byte sent to its notice."""
    loop = asyncio.get_running_loop()
    finished = loop.create_future()
    near, far = socket.socketpair()
    near.setblocking(False)
    waits: list[float] = []
    step, sent_at, send_at = 0, 0, PAUSE_STEPS

    def link() -> None:
        nonlocal step, sent_at
        step += 1
        if step == send_at:
            sent_at = step
            far.send(b"!")
        if not finished.done():
            loop.call_soon(link)

    def notice() -> None:
        nonlocal send_at
        near.recv(1)
        waits.append(step - sent_at + 1)
        send_at = step + PAUSE_STEPS
        if len(waits) == trials:
            finished.set_result(None)

    loop.add_reader(near.fileno(), notice)  # rloop wants a number
    for _ in range(crowd):
        loop.call_soon(link)
    await finished
    loop.remove_reader(near.fileno())
    near.close()
    far.close()
    percentiles.note(meter, waits)


async def ready_socket_steps(meter: Meter, operations: int) -> None:
    await _watch(meter, operations, 1)


async def ready_socket_steps_100(meter: Meter, operations: int) -> None:
    await _watch(meter, operations, 100)


ROWS = (
    Workload(
        "ready_socket_steps",
        "",
        2_000,
        ready_socket_steps,
        repetitions=1,
        scheduling=False,
        metered=False,
        readings=percentiles.readings(
            "callbacks of the only chain until a socket is noticed that one of them made ready",
            STEPS,
        ),
    ),
    Workload(
        "ready_socket_steps_100chains",
        "",
        500,
        ready_socket_steps_100,
        repetitions=1,
        scheduling=False,
        metered=False,
        readings=percentiles.readings(
            "callbacks of 100 chains until a socket is noticed that one of them made ready", STEPS
        ),
    ),
)
