"""TCP echo with loop.sock_recv() and loop.sock_sendall(): the server's CPU for one request."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from benchmarks.macro.load import load
from benchmarks.workload import Meter, Workload

SIZE_BYTES = 1024
RECEIVE_BYTES = 64 * 1024
WARM_UP = 40
BACKLOG = 1024
WINDOWS = 3


async def answer(sock: socket.socket) -> None:
    """Send back what comes, until nothing comes any more."""
    loop = asyncio.get_running_loop()
    with sock:
        while data := await loop.sock_recv(sock, RECEIVE_BYTES):
            await loop.sock_sendall(sock, data)


async def serve(listening: socket.socket, connections: int) -> None:
    """Accept so many connections, and answer on each until it ends."""
    loop = asyncio.get_running_loop()
    async with asyncio.TaskGroup() as group:
        for _ in range(connections):
            sock, _ = await loop.sock_accept(listening)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            group.create_task(answer(sock))


def echo(connections: int) -> Callable[[Meter, int], Awaitable[None]]:
    """Return the body of the workload for so many connections."""

    async def body(meter: Meter, operations: int) -> None:
        with socket.create_server(("127.0.0.1", 0), backlog=BACKLOG) as listening:
            listening.setblocking(False)
            serving = asyncio.create_task(serve(listening, connections))
            port = listening.getsockname()[1]
            warm_up = max(1, min(WARM_UP, operations // connections))
            async with load(
                port, connections=connections, size_bytes=SIZE_BYTES, warm_up=warm_up
            ) as client:
                for _ in range(WINDOWS):
                    with meter:
                        await client.exchange(operations)
            await serving

    return body


def _row(connections: int, target: float) -> Workload:
    return Workload(
        f"echo_sock_1k_c{connections}",
        f"one request of 1 KiB answered by sock_recv and sock_sendall, {connections} connections, "
        "the server's CPU alone",
        20_000,
        echo(connections),
        target,
        repetitions=1,
        smallest=connections,
        scheduling=False,
    )


ROWS = (_row(1, 0.6), _row(50, 0.6))
