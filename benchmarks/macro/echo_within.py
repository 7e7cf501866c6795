"""TCP echo with both ends on one loop: a loop with sockets that needs no other program."""

from __future__ import annotations

import asyncio
from typing import cast

from benchmarks.macro.echo_protocol import Echo
from benchmarks.macro.echoing import BACKLOG, KIB
from benchmarks.workload import Meter, Workload

CONNECTIONS = 10
MESSAGE = bytes(KIB)


class Tally:
    """How many messages are still to be sent and how many answers are due, over all connections."""

    def __init__(self, messages: int) -> None:
        self.to_send = messages
        self.due = messages
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()


class Asking(asyncio.Protocol):
    """Keeps one message in flight while there are any left to send."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._received_bytes = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def ask(self) -> None:
        if self._tally.to_send:
            self._tally.to_send -= 1
            self._transport.write(MESSAGE)

    def data_received(self, data: bytes) -> None:
        self._received_bytes += len(data)
        if self._received_bytes < KIB:
            return
        self._received_bytes = 0
        self._tally.due -= 1
        if self._tally.due:
            self.ask()
        else:
            self._tally.finished.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._tally.finished.done():
            self._tally.finished.set_exception(exc or ConnectionError("the echo server hung up"))

    def hang_up(self) -> None:
        self._transport.close()


async def echo_within(meter: Meter, operations: int) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=BACKLOG)
    port = server.sockets[0].getsockname()[1]
    tally = Tally(operations)
    crowd = [
        (await loop.create_connection(lambda: Asking(tally), "127.0.0.1", port))[1]
        for _ in range(CONNECTIONS)
    ]
    with meter:
        for one in crowd:
            one.ask()
        await tally.finished
    for one in crowd:
        one.hang_up()
    server.close()


ROW = Workload(
    "echo_within",
    f"1 KiB there and back between two Protocols of one loop, {CONNECTIONS} connections",
    20_000,
    echo_within,
    smallest=CONNECTIONS,
    scheduling=False,
)
