"""The load generator as the measured program sees it: started, told how much, waited for.

Speaks with `echo_client.c` over a TCP connection of the loop under test, because Protocols are the
one interface that every loop has. The client inherits the CPU that the measured process is pinned
to: a client elsewhere would mostly measure how CPUs wake each other.
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

SOURCES = [Path(__file__).with_name(name) for name in ("echo_client.c", "connecting.h")]
BUILD = Path(__file__).parents[2] / "build" / "benchmarks"


class LoadFailed(RuntimeError):
    """The client left before it was told to; its own words are on stderr."""


class Load(asyncio.Protocol):
    """The server's end of the control connection."""

    def __init__(self) -> None:
        self._answer: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def data_received(self, data: bytes) -> None:
        self._answer.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.give_up("the load generator closed its control connection")

    def give_up(self, reason: str) -> None:
        if not self._answer.done():
            self._answer.set_exception(LoadFailed(reason))

    async def ready(self) -> None:
        """Wait until every connection is up and its bytes have been compared."""
        await self._answer

    async def exchange(self, messages: int) -> None:
        """Have so many messages exchanged; return when every connection is idle again."""
        assert self._transport is not None
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(b"%d\n" % messages)
        await self._answer

    def end(self) -> None:
        """Send the client away; by word, since not every loop closes the socket at once."""
        if self._transport is not None:
            self._transport.write(b"0\n")
            self._transport.close()
        if self._answer.done():
            self._answer.exception()
        else:
            self._answer.cancel()


def compile_client() -> Path:
    """Return the client's executable, compiled when it is missing or older than its sources.

    Raises:
        LoadFailed: there is no C compiler.
        subprocess.CalledProcessError: the compiler refused.
    """
    client = BUILD / "echo_client"
    newest_s = max(source.stat().st_mtime for source in SOURCES)
    if client.exists() and client.stat().st_mtime >= newest_s:
        return client
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise LoadFailed("the load generator needs a C compiler (cc or gcc)")
    BUILD.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD) as scratch:
        fresh = Path(scratch, "echo_client")
        subprocess.run([compiler, "-O2", "-o", fresh, SOURCES[0]], check=True)
        os.replace(fresh, client)
    return client


@asynccontextmanager
async def load(
    target: int | str, *, connections: int, size_bytes: int, warm_up: int, sources: int = 1
) -> AsyncIterator[Load]:
    """Start a client against `target` and yield it when it is ready; end it afterwards.

    Args:
        target: Where the echo server listens: a TCP port of 127.0.0.1, "udp:PORT" or "unix:PATH".
        connections: How many connections the client opens.
        size_bytes: Length of one message.
        warm_up: Compared messages for each connection before the client is ready.
        sources: From how many loopback addresses it connects.

    Raises:
        LoadFailed: The client stopped early, for instance because of a wrong byte.
    """
    loop = asyncio.get_running_loop()
    control = Load()
    control_server = await loop.create_server(lambda: control, "127.0.0.1", 0)
    control_port = control_server.sockets[0].getsockname()[1]
    arguments = (target, control_port, connections, size_bytes, warm_up, sources)
    process = await asyncio.to_thread(_start, arguments)
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
    return subprocess.Popen([compile_client(), *map(str, arguments)])
