"""UDP echo with a DatagramProtocol."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, cast

from benchmarks.macro import echoing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Echo(asyncio.DatagramProtocol):
    """Sends back what it receives, to whom it came from."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str | Any, int]) -> None:
        self._transport.sendto(data, addr)


@asynccontextmanager
async def serving(size_bytes: int) -> AsyncIterator[str]:
    """Serve in the block; yield the address."""
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(Echo, ("127.0.0.1", 0))
    yield f"udp:{transport.get_extra_info('sockname')[1]}"
    transport.close()


# No more peers than have room for a datagram each in a socket's default buffer; UDP carries no
# 100 KiB.
ROWS = (
    echoing.workload("udp", serving, 1, (1, 50), targets={1: 0.80, 50: 0.80}),
    echoing.workload("udp", serving, 16, (1,)),
)
