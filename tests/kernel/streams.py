"""What the stream tests share: a transport whose other end is a plain socket."""

import asyncio
import contextlib
import socket

__all__ = ["Pair", "Recorder", "raw_pair", "until"]


class Recorder(asyncio.Protocol):
    """Writes down every call; each can be awaited with until()."""

    def __init__(self):
        self.calls = []
        self.data = bytearray()
        self.transport = None
        self.lost = None

    def connection_made(self, transport):
        self.transport = transport
        self.lost = asyncio.get_running_loop().create_future()
        self.calls.append("made")

    def data_received(self, data):
        assert type(data) is bytes
        assert data
        self.data += data

    def eof_received(self):
        self.calls.append("eof")

    def pause_writing(self):
        self.calls.append("pause")

    def resume_writing(self):
        self.calls.append("resume")

    def connection_lost(self, exc):
        self.calls.append("lost")
        if not self.lost.done():
            self.lost.set_result(exc)


def raw_pair(kind="unix"):
    """Two connected sockets, neither blocking."""
    if kind == "unix":
        left, right = socket.socketpair()
    else:
        with socket.create_server(("127.0.0.1", 0)) as server:
            left = socket.create_connection(server.getsockname())
            right, _ = server.accept()
    left.setblocking(False)
    right.setblocking(False)
    return left, right


class Pair:
    """`async with Pair(protocol) as pair`: pair.transport, and pair.peer, a plain socket."""

    def __init__(self, protocol=None, kind="unix"):
        self.protocol = Recorder() if protocol is None else protocol
        self.kind = kind

    async def __aenter__(self):
        self.loop = asyncio.get_running_loop()
        mine, self.peer = raw_pair(self.kind)
        self.transport, _ = await self.loop.create_connection(lambda: self.protocol, sock=mine)
        return self

    async def __aexit__(self, *failure):
        self.peer.close()
        with contextlib.suppress(AttributeError):  # of asyncio, if the connection is lost already
            self.transport.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    async def send(self, data):
        await self.loop.sock_sendall(self.peer, data)

    async def receive(self, size):
        """Exactly `size` bytes from the transport's side."""
        found = bytearray()
        while len(found) < size:
            data = await self.loop.sock_recv(self.peer, min(1 << 18, size - len(found)))
            if not data:
                break
            found += data
        return bytes(found)

    async def receive_all(self):
        """Everything until the transport's side ends."""
        found = bytearray()
        while data := await self.loop.sock_recv(self.peer, 1 << 18):
            found += data
        return bytes(found)


async def until(condition):
    """Let the loop run until the condition holds; pytest's timeout ends it otherwise."""
    while not condition():  # noqa: ASYNC110  # any state, told by no event
        await asyncio.sleep(0)
