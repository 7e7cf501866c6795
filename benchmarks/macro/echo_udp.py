"""UDP echo with a DatagramProtocol: the server's CPU for one datagram of 1 KiB answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

from benchmarks.macro.echo_protocol import SIZE_BYTES, WARM_UP, WINDOWS
from benchmarks.macro.load import load
from benchmarks.workload import Meter, Workload


class Echo(asyncio.DatagramProtocol):
    """Sends back what it receives, to whom it came from."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._transport.sendto(data, addr)


def echo(peers: int) -> Callable[[Meter, int], Awaitable[None]]:
    """Return the body of the workload for so many peers, one datagram of each under way."""

    async def body(meter: Meter, operations: int) -> None:
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            Echo, ("127.0.0.1", 0)
        )
        port = transport.get_extra_info("sockname")[1]
        warm_up = max(1, min(WARM_UP, operations // peers))
        async with load(
            f"udp:{port}", connections=peers, size_bytes=SIZE_BYTES, warm_up=warm_up
        ) as client:
            for _ in range(WINDOWS):
                with meter:
                    await client.exchange(operations)
        transport.close()

    return body


def _row(peers: int) -> Workload:
    # No more peers than have room for a datagram each in a socket's default buffer.
    return Workload(
        f"echo_udp_1k_c{peers}",
        f"one datagram of 1 KiB answered, {peers} peers, the server's CPU alone",
        20_000,
        echo(peers),
        0.8,
        repetitions=1,
        smallest=peers,
        scheduling=False,
    )


ROWS = (_row(1), _row(50))
