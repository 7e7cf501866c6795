"""What the echo rows share: sizes, crowds and windows. Who serves, and how, has a file of its own.

One process serves messages of one size, to one crowd of connections after the other.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import floors
from benchmarks.load import load
from benchmarks.peers import PEERS
from benchmarks.workload import Meter, Reading, Workload

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from contextlib import AbstractAsyncContextManager, AbstractContextManager

    # From the size of a message to a server, which is entered for the target of its clients.
    Serving = Callable[[int], AbstractAsyncContextManager[int | str]]

BACKLOG = 1024
KIB = 1024
SIZES_KIB = (1, 16, 100)
CROWDS = (1, 50, 500)
# By the size of a message in KiB: windows, and the messages of each, which take client and server
# together something like 80 ms.
WINDOWS = {1: 5, 16: 3, 100: 3}
MESSAGES = {1: 5_000, 16: 2_500, 100: 500}
WARM_UP = 2_000  # messages over all connections before the first window, one for each at least


def metered(
    meter: Meter, reading: str, operations: int, server: floors.Floor | int | str
) -> AbstractContextManager[object]:
    """Take a sample of the server's CPU time: this process's, or that of a floor."""
    if isinstance(server, floors.Floor):
        return floors.metered(meter, reading, operations, server)
    return meter.named(reading, operations)


def workload(
    kind: str,
    serving: Serving,
    size_kib: int,
    crowds: Sequence[int] = CROWDS,
    *,
    targets: Mapping[int, float] | None = None,
    accelerated: Mapping[int, float] | None = None,
) -> Workload:
    """Return the workload that measures a server with messages of one size.

    Args:
        kind: What the rows are called after "echo_".
        serving: Makes the server.
        size_kib: Length of a message.
        crowds: How many connections it has, one number after the other.
        targets: The ratio to uvloop that is promised, by crowd.
        accelerated: The same with native primitives.
    """

    async def body(meter: Meter, operations: int) -> None:
        floor = PEERS[meter.peer].floor if meter.peer else False
        async with floors.running(meter.peer, kind) if floor else serving(size_kib * KIB) as server:
            target = server.target if isinstance(server, floors.Floor) else server
            for crowd in crowds:
                connections = min(crowd, operations)  # fewer in a smoke run
                async with load(
                    target,
                    connections=connections,
                    size_bytes=size_kib * KIB,
                    warm_up=max(1, min(WARM_UP, operations) // connections),
                ) as client:
                    for _ in range(WINDOWS[size_kib]):
                        with metered(meter, f"c{crowd}", operations, server):
                            await client.exchange(operations)

    return Workload(
        f"echo_{kind}_{size_kib}k",
        "",
        MESSAGES[size_kib],
        body,
        repetitions=1,
        scheduling=False,
        metered=False,
        floors=kind in floors.KINDS,
        readings=tuple(
            Reading(
                f"c{crowd}",
                f"one message of {size_kib} KiB answered, {crowd} connections, the server's CPU",
                target=(targets or {}).get(crowd),
                accelerated=(accelerated or {}).get(crowd),
            )
            for crowd in crowds
        ),
    )
