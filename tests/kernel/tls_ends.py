"""Both ends of an encrypted connection: protocols that keep what they get, and a peer by hand."""

import asyncio
import contextlib
import ssl


class Peer:
    """The other end, by hand: a plain connection, and the ssl module's objects beside it."""

    def __init__(self, context, reader, writer):
        self.reader, self.writer = reader, writer
        self.incoming, self.outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self.tls = context.wrap_bio(self.incoming, self.outgoing, server_hostname="localhost")

    @classmethod
    async def connect(cls, context, port):
        peer = cls(context, *await asyncio.open_connection("127.0.0.1", port))
        await peer.until(peer.tls.do_handshake)
        await peer.send()
        return peer

    async def until(self, step, *args):
        """Do what needs records of the other end, and feed it with them until it can."""
        while True:
            try:
                return step(*args)
            except ssl.SSLWantReadError:
                await self.send()
                if arrived := await self.reader.read(1 << 16):
                    self.incoming.write(arrived)
                else:
                    self.incoming.write_eof()

    def records(self, data):
        """`data`, enciphered."""
        done = 0
        while done < len(data):
            done += self.tls.write(data[done:])
        return self.outgoing.read()

    async def send(self, *pieces):
        """Send each piece by itself: the other end has a look at it before the next one leaves."""
        for piece in pieces or [self.outgoing.read()]:
            self.writer.write(piece)
            await self.writer.drain()
            if pieces:
                await asyncio.sleep(0)

    async def read(self, size):
        """As many bytes, deciphered."""
        data = b""
        while len(data) < size:
            chunk = await self.until(self.tls.read, size - len(data))
            assert chunk, "the other end has closed"
            data += chunk
        return data

    async def close(self):
        self.writer.close()
        with contextlib.suppress(OSError):
            await self.writer.wait_closed()


class Kept(asyncio.Protocol):
    """Keeps what it gets and what happens to it."""

    def __init__(self):
        self.made = asyncio.get_running_loop().create_future()
        self.lost = asyncio.get_running_loop().create_future()
        self.data = bytearray()
        self.calls = []
        self.more = asyncio.Event()

    def connection_made(self, transport):
        self.transport = transport
        self.made.set_result(None)

    def data_received(self, data):
        assert type(data) is bytes
        assert data
        self.data += data
        self.more.set()

    def eof_received(self):
        self.calls.append("eof_received")
        self.more.set()

    def pause_writing(self):
        self.calls.append("pause_writing")
        self.more.set()

    def resume_writing(self):
        self.calls.append("resume_writing")
        self.more.set()

    def connection_lost(self, exc):
        self.calls.append("connection_lost")
        self.more.set()
        self.lost.set_result(exc)

    async def until(self, holds):
        """Wait until something has happened after which that holds."""
        while not holds():
            self.more.clear()
            await self.more.wait()

    async def has(self, size):
        await self.until(lambda: len(self.data) >= size)


class KeptBuffered(Kept, asyncio.BufferedProtocol):
    """The same with a buffer of its own, too small for anything."""

    size = 7

    def get_buffer(self, sizehint):
        self.buffer = memoryview(bytearray(self.size))
        return self.buffer

    def buffer_updated(self, nbytes):
        self.data_received(bytes(self.buffer[:nbytes]))


class KeptInPlenty(KeptBuffered):
    """The same with room for several records."""

    size = 100_000


class Served:
    """A TLS server whose one connection has a protocol of that kind, and a peer by hand."""

    def __init__(self, contexts, kind=Kept):
        self.contexts, self.kind = contexts, kind

    async def __aenter__(self):
        self.protocol = self.kind()
        loop = asyncio.get_running_loop()
        self.server = await loop.create_server(
            lambda: self.protocol, "127.0.0.1", 0, ssl=self.contexts[0]
        )
        self.port = self.server.sockets[0].getsockname()[1]
        self.peer = await Peer.connect(self.contexts[1], self.port)
        await self.protocol.made
        return self.peer, self.protocol

    async def __aexit__(self, *error):
        await self.peer.close()
        await self.protocol.lost
        self.server.close()
