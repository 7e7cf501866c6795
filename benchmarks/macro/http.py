"""Hello over HTTP with keep-alive: how it is measured, whoever serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.load import load
from benchmarks.workload import CPU_TIME, RATE, Meter, Reading, Workload

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from benchmarks.workload import Quantity

CONNECTIONS = (1, 50)
WARM_UP = 10
WINDOWS = 3
BODY = b"Hello, world!"


async def ask(meter: Meter, port: int, operations: int) -> None:
    """Load the server at `port` with so many requests in each window, and note its readings.

    Requests a second are those of one core that has nothing else to do than to serve and to ask:
    one second divided by the CPU time of server and client together.
    """
    for connections in CONNECTIONS:
        async with load(port, connections=connections, warm_up=WARM_UP) as client:
            for _ in range(WINDOWS):
                client_ns = client.cpu_ns()
                with meter.named(f"c{connections}", operations) as spent:
                    await client.exchange(operations)
                client_ns = client.cpu_ns() - client_ns
                both_ns = spent.cpu_ns + client_ns
                meter.note(f"per_s_c{connections}", operations / both_ns * 1e9)


def row(
    server: str, body: Callable[[Meter, int], Awaitable[None]], target: float | None = None
) -> Workload:
    """Return the workload for one server program."""

    def reading(prefix: str, what: str, quantity: Quantity) -> tuple[Reading, ...]:
        return tuple(
            Reading(
                f"{prefix}c{connections}",
                f"{what}, {connections} connections",
                quantity,
                target if quantity.more_is_better else None,
            )
            for connections in CONNECTIONS
        )

    return Workload(
        f"http_{server}",
        "",
        2_000,
        body,
        repetitions=1,
        smallest=max(CONNECTIONS),
        scheduling=False,
        metered=False,
        readings=(
            *reading("", f"one GET answered by {server}, the server's CPU alone", CPU_TIME),
            *reading("per_s_", f"GETs that {server} and the client manage on one core", RATE),
        ),
    )
