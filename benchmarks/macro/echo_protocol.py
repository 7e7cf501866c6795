"""TCP echo with a Protocol."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast

from benchmarks.macro import echoing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


class Echo(asyncio.Protocol):
    """Sends back what it receives."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._transport.write(data)


@asynccontextmanager
async def serving(size_bytes: int) -> AsyncIterator[int]:
    """Serve in the block; yield the port."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Echo, "127.0.0.1", 0, backlog=echoing.BACKLOG)
    yield server.sockets[0].getsockname()[1]
    server.close()


TARGETS = {1: 0.95, 50: 0.95, 500: 0.95}
ROWS = (
    echoing.workload("protocol", serving, 1, targets=TARGETS),
    echoing.workload("protocol", serving, 16),
    echoing.workload("protocol", serving, 100),
)
