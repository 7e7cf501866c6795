"""TCP echo with loop.sock_accept(), loop.sock_recv() and loop.sock_sendall()."""

from __future__ import annotations

import asyncio
import socket
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from benchmarks.macro import echoing

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

RECEIVE_BYTES = 64 * 1024


async def answer(sock: socket.socket) -> None:
    """Send back what comes, until nothing comes any more."""
    loop = asyncio.get_running_loop()
    with sock:
        while data := await loop.sock_recv(sock, RECEIVE_BYTES):
            await loop.sock_sendall(sock, data)


async def serve(listening: socket.socket) -> None:
    """Accept connections, and answer on each until it ends; until cancelled."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        while True:
            sock, _ = await loop.sock_accept(listening)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            group.create_task(answer(sock))


@asynccontextmanager
async def serving(size_bytes: int) -> AsyncIterator[int]:
    """Serve in the block; yield the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=echoing.BACKLOG) as listening:
        listening.setblocking(False)
        task = asyncio.create_task(serve(listening))
        yield listening.getsockname()[1]
        task.cancel()
        await asyncio.wait([task])


TARGETS = {1: 0.60, 50: 0.60, 500: 0.60}
ROWS = (
    echoing.workload("sock", serving, 1, targets=TARGETS),
    echoing.workload("sock", serving, 16),
    echoing.workload("sock", serving, 100),
)
