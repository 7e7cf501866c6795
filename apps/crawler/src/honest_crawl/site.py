"""Owns the embedded hostile site: a server on loopback that can misbehave in every way.

It speaks raw bytes over asyncio's streams, because no HTTP library would send what `pages` has it
send. Law: it serves loopback only, and when it is left, no connection and no task of it remains.
"""

import asyncio
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

__all__ = ["Exchange", "Site", "hostile_site"]

Answer = Callable[["Exchange"], Awaitable[None]]


@dataclass(slots=True)
class Site:
    """A running site, and what it saw of its visitors."""

    url: str  # of the front page
    dead_url: str  # an address of the same host at which nobody listens
    asked: Counter[str] = field(default_factory=Counter)  # how often each path was asked for
    hang_ups: Counter[str] = field(default_factory=Counter)  # paths whose visitor left unanswered
    hanging: asyncio.Event = field(default_factory=asyncio.Event)  # set: somebody waits in vain
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)  # set with each hang-up
    connections: int = 0  # open now


@dataclass(slots=True)
class Exchange:
    """One request, and everything that can be done to the one who asked."""

    site: Site
    path: str
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    keeps_open: bool = False  # whether the connection may serve another request

    async def respond(
        self,
        body: bytes | str = b"",
        *,
        status: str = "200 OK",
        content_type: str | None = "text/html; charset=utf-8",
        **headers: str,
    ) -> None:
        """Answer as a well-behaved server does; `headers` with underscores for hyphens."""
        if isinstance(body, str):
            body = body.encode()
        if content_type is not None:
            headers["content_type"] = content_type
        headers.setdefault("content_length", str(len(body)))
        lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
        await self.send("\r\n".join([f"HTTP/1.1 {status}", *lines, "", ""]).encode() + body)
        self.keeps_open = True

    async def send(self, data: bytes) -> None:
        """Send bytes, whatever they mean."""
        self._writer.write(data)
        await self._writer.drain()

    async def hang(self) -> None:
        """Do nothing until the visitor has hung up."""
        self.site.hanging.set()
        while await self._reader.read(4096):
            pass
        raise ConnectionResetError("The visitor hung up.")

    def reset(self) -> None:
        """Break the connection off, so that the visitor sees a reset instead of an end."""
        linger_not = struct.pack("ii", 1, 0)
        sock = self._writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger_not)
        self._writer.transport.abort()


@asynccontextmanager
async def hostile_site(answer: Answer) -> AsyncIterator[Site]:
    """Serve on a free loopback port; `answer` is called with each request."""
    with socket.socket() as dead:
        dead.bind(("127.0.0.1", 0))  # taken, but never listening: who connects is refused
        async with asyncio.TaskGroup() as group:
            visitors: set[asyncio.Task[None]] = set()

            def welcome(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                visitor = group.create_task(_serve(site, answer, reader, writer))
                visitors.add(visitor)
                visitor.add_done_callback(visitors.discard)

            server = await asyncio.start_server(welcome, "127.0.0.1", 0)
            site = Site(
                url=f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/",
                dead_url=f"http://127.0.0.1:{dead.getsockname()[1]}/",
            )
            try:
                yield site
            finally:
                server.close()
                for visitor in visitors:
                    visitor.cancel()


async def _serve(
    site: Site, answer: Answer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    """Serve one connection until either side has had enough."""
    site.connections += 1
    exchange = None
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode("ascii", "replace")
            exchange = Exchange(site, path, reader, writer)
            site.asked[path] += 1
            await answer(exchange)
            if not exchange.keeps_open:
                break
            exchange = None
    except (OSError, asyncio.IncompleteReadError):
        if exchange is not None:  # the visitor left in the middle
            site.hang_ups[exchange.path] += 1
            site.hung_up.set()
    finally:
        site.connections -= 1
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()
