"""The load generator as the measured program sees it: started, told how much, waited for.

Speaks with `client.c` over a TCP connection of the loop under test, because Protocols are the
one interface that every loop has. The client inherits the CPU that the measured process is pinned
to: a client elsewhere would mostly measure how CPUs wake each other.
"""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from benchmarks import processes
from benchmarks.compiler import compiled, has_header
from benchmarks.workload import Unavailable

SOURCE = Path(__file__).with_name("client.c")


class LoadFailed(RuntimeError):
    """The client left before it was told to; its own words are on stderr."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long answers took: half of them, and 99 in a hundred, came within so many nanoseconds."""

    p50_ns: int = 0
    p99_ns: int = 0


class Load(asyncio.Protocol):
    """The server's end of the control connection."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[Waits] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.WriteTransport | None = None
        self._line = b""
        self.process: subprocess.Popen[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._line += data
        if self._line.endswith(b"\n"):
            _, *waits = self._line.split()
            self._line = b""
            self._answer.set_result(Waits(*map(int, waits)))

    def connection_lost(self, exc: Exception | None) -> None:
        self.give_up("the load generator closed its control connection")

    def give_up(self, reason: str) -> None:
        if not self._answer.done():
            self._answer.set_exception(LoadFailed(reason))

    async def ready(self) -> None:
        """Wait until every connection is up and its bytes have been compared."""
        await self._answer

    async def exchange(self, messages: int) -> Waits:
        """Have so many messages exchanged; return when every connection is idle again."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(b"%d\n" % messages)
        return await self._answer

    def cpu_ns(self) -> int:
        """Return the CPU nanoseconds that the client has used so far."""
        assert self.process is not None
        return processes.cpu_ns(self.process.pid)

    def end(self) -> None:
        """Send the client away; by word, since not every loop closes the socket at once."""
        if self._transport is not None:
            self._transport.write(b"0\n")
            self._transport.close()
        if self._answer.done():
            self._answer.exception()
        else:
            self._answer.cancel()


def client(*, encrypted: bool) -> Path:
    """Return the client's executable.

    Raises:
        Unavailable: There is no C compiler, or for a client that encrypts no OpenSSL to compile
            with.
    """
    if not encrypted:
        return compiled(SOURCE, "load_client")
    if not has_header("openssl/ssl.h"):
        raise Unavailable("OpenSSL's headers are not installed (Debian: libssl-dev)")
    return compiled(SOURCE, "load_client_tls", "-DENCRYPTED", "-lssl", "-lcrypto")


@asynccontextmanager
async def load(
    target: int | str,
    *,
    connections: int,
    size_bytes: int | None = None,
    warm_up: int,
    sources: int = 1,
) -> AsyncIterator[Load]:
    """Start a client against `target` and yield it when it is ready; end it afterwards.

    Args:
        target: Where the server listens: a TCP port of 127.0.0.1, "tls:PORT", "udp:PORT" or
            "unix:PATH".
        connections: How many connections the client opens.
        size_bytes: Length of one message, which is to be echoed; None for a GET of "/" over HTTP.
        warm_up: Compared messages for each connection before the client is ready.
        sources: From how many loopback addresses it connects.

    Raises:
        LoadFailed: The client stopped early, for instance because of a wrong byte.
    """
    loop = asyncio.get_running_loop()
    control = Load()
    control_server = await loop.create_server(lambda: control, "127.0.0.1", 0)
    control_port = control_server.sockets[0].getsockname()[1]
    message = "http" if size_bytes is None else size_bytes
    arguments = (target, control_port, connections, message, warm_up, sources)
    control.process = process = await asyncio.to_thread(_start, arguments)
    try:
        await control.ready()
        yield control
    finally:
        control.end()
        control_server.close()
        status = await asyncio.to_thread(process.wait)
    if status:
        raise LoadFailed(f"the load generator ended with status {status}")


def _start(arguments: tuple[int | str, ...]) -> subprocess.Popen[bytes]:
    executable = client(encrypted=str(arguments[0]).startswith("tls:"))
    return subprocess.Popen([executable, *map(str, arguments)])
