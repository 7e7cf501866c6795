"""Ends of connections: sockets that behave badly, and servers for them.

Law: knows how to be rude; not what is expected then.
"""

import asyncio
import contextlib
import socket
import struct
import tempfile

__all__ = ["Served", "Serving", "leave", "raw", "reset"]


def reset(sock: socket.socket) -> None:
    """End a TCP connection by RST."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def raw(port: int, *, receive: int | None = None) -> socket.socket:
    """A blocking client on loopback; `receive`: so small a buffer for what arrives."""
    client = socket.socket()
    if receive is not None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive)
    client.connect(("127.0.0.1", port))
    return client


async def leave(writer) -> None:
    """End a connection that may have ended already."""
    with contextlib.suppress(AttributeError):  # of asyncio's, if it is closed
        writer.transport.abort()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class Served:
    """`async with Served(streams) as (reader, writer, peer)`: one TCP connection that a server of
    streams has accepted; the peer is a plain blocking socket.

    All that the server's side may do to the connection is done in the `with` block."""

    def __init__(self, streams, *, send=None, receive=None, **more):
        self.streams, self.send, self.receive, self.more = streams, send, receive, more

    async def __aenter__(self):
        self.ended = asyncio.Event()
        here = asyncio.get_running_loop().create_future()

        async def handler(reader, writer):
            here.set_result((reader, writer))
            await self.ended.wait()

        self.server = await self.streams.start_server(handler, "127.0.0.1", 0, **self.more)
        listening = self.server.sockets[0]
        if self.send is not None:  # the accepted one inherits it
            sock = socket.socket(fileno=listening.fileno())
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, self.send)
            sock.detach()
        self.peer = raw(listening.getsockname()[1], receive=self.receive)
        reader, self.writer = await here
        return reader, self.writer, self.peer

    async def __aexit__(self, *failure):
        self.ended.set()
        self.peer.close()
        self.server.close()
        await leave(self.writer)
        await self.server.wait_closed()


class Serving:
    """A server of a kind ("tcp", "unix", "tls") whose connections a handler gets."""

    def __init__(self, streams, kind, certificate, handler):
        self.streams, self.kind, self.certificate = streams, kind, certificate
        self.handler, self.running = handler, set()

    async def __aenter__(self):
        self.folder = tempfile.TemporaryDirectory()

        async def handler(reader, writer):
            self.running.add(asyncio.current_task())
            try:
                await self.handler(reader, writer)
            finally:
                await leave(writer)

        if self.kind == "unix":
            self.path = f"{self.folder.name}/s"
            self.server = await self.streams.start_unix_server(handler, self.path)
        else:
            context = self.certificate.server_context() if self.kind == "tls" else None
            self.server = await self.streams.start_server(handler, "127.0.0.1", 0, ssl=context)
        return self.connect

    async def connect(self, **more):
        if self.kind == "unix":
            return await self.streams.open_unix_connection(self.path, **more)
        port = self.server.sockets[0].getsockname()[1]
        context = self.certificate.client_context() if self.kind == "tls" else None
        return await self.streams.open_connection("localhost", port, ssl=context, **more)

    async def __aexit__(self, *failure):
        self.server.close()
        if self.running:
            await asyncio.wait(self.running)
        await self.server.wait_closed()
        self.folder.cleanup()
