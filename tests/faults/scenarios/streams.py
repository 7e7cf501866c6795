"""TCP and Unix connections, by Protocol and by streams."""

import asyncio
import contextlib
import socket
import tempfile

from tests.faults.scenarios import ending_with_what_is_told

SMALL = b"x" * 700
LARGE = bytes(range(256)) * 300  # more than a socket takes at once, if its buffer is small


class _Echo(asyncio.Protocol):
    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.transport.write(data)


class _Caller(asyncio.Protocol):
    """Collects until `expected` bytes have come, or the connection is lost."""

    def __init__(self, expected):
        self.data = bytearray()
        self.expected = expected
        self.done = asyncio.get_running_loop().create_future()
        self.paused = 0

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data
        if len(self.data) >= self.expected and not self.done.done():
            self.done.set_result(None)

    def pause_writing(self):
        self.paused += 1

    def resume_writing(self):
        self.paused -= 1

    def connection_lost(self, exc):
        if not self.done.done():
            self.done.set_exception(exc or EOFError("the connection was lost"))


class _Buffered(asyncio.BufferedProtocol):
    def connection_made(self, transport):
        self.transport = transport
        self.buffer = bytearray(900)

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, n):
        self.transport.write(self.buffer[:n])


def _small_buffers(transport):
    sock = transport.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


@contextlib.asynccontextmanager
async def _served(server):
    """Until the block ends; then close the server and what it has accepted."""
    try:
        yield server.sockets[0].getsockname()
    finally:
        server.close()


async def _exchange(factory, connect):
    transport, protocol = await connect(lambda: _Caller(2 * len(SMALL) + len(LARGE)))
    try:
        transport.write(SMALL)
        transport.write(LARGE)
        transport.write(SMALL)
        await protocol.done
        assert bytes(protocol.data) == SMALL + LARGE + SMALL
        assert not protocol.paused
    finally:
        transport.abort()
        protocol.done.cancel()


async def protocol_echo():
    """TCP, a Protocol at both ends."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Echo, "127.0.0.1", 0)
    async with _served(server) as address, ending_with_what_is_told():
        await _exchange(_Echo, lambda caller: loop.create_connection(caller, *address))


async def buffered_echo():
    """Unix, a BufferedProtocol at one end."""
    loop = asyncio.get_running_loop()
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/s"
        server = await loop.create_unix_server(_Buffered, path)
        async with _served(server):
            await _exchange(_Buffered, lambda caller: loop.create_unix_connection(caller, path))


async def pair_with_full_buffers():
    """A write that the kernel takes in many pieces; the reader pauses meanwhile."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    with left, right:
        sender, sending = await loop.create_connection(lambda: _Caller(1), sock=left)
        try:
            receiver, receiving = await loop.create_connection(
                lambda: _Caller(len(LARGE)), sock=right
            )
            try:
                _small_buffers(sender)
                receiver.pause_reading()
                sender.write(LARGE[:30_000])
                sender.writelines([LARGE[30_000:50_000], LARGE[50_000:]])
                await asyncio.sleep(0)
                receiver.resume_reading()
                await _first(receiving.done, sending.done)
                assert bytes(receiving.data) == LARGE
                sender.write_eof()
            finally:
                receiver.abort()
                receiving.done.cancel()
        finally:
            sender.abort()
            sending.done.cancel()
            await asyncio.sleep(0)


async def _first(*futures):
    """Wait for the first of them, and raise what it ended with."""
    await asyncio.wait(futures, return_when=asyncio.FIRST_COMPLETED)
    for future in futures:
        if future.done():
            future.result()


async def held_back():
    """Several writes in one step, which leave as one."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    with left, right:
        sender, sending = await loop.create_connection(lambda: _Caller(1), sock=left)
        receiver = None
        try:
            receiver, receiving = await loop.create_connection(lambda: _Caller(4000), sock=right)
            for _ in range(4):
                sender.write(SMALL[:300])
                sender.write(SMALL[:300])
                sender.write(SMALL[:400])
                await asyncio.sleep(0)
            await _first(receiving.done, sending.done)
            assert len(receiving.data) == 4000
        finally:
            sending.done.cancel()
            sender.abort()
            if receiver is not None:
                receiving.done.cancel()
                receiver.abort()
            await asyncio.sleep(0)


async def stream_echo():
    """open_connection and start_server; the client half-closes."""

    async def serve(reader, writer):
        try:
            data = await reader.read()
            writer.write(data)
            await writer.drain()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with _served(server) as address, ending_with_what_is_told():
        reader, writer = await asyncio.open_connection(*address)
        try:
            writer.write(LARGE)
            writer.write_eof()
            await writer.drain()
            data = await reader.readexactly(len(LARGE))
            assert data == LARGE
            assert not await reader.read()
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()


async def many_connections():
    """Thirty at once, some of which end in the middle."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Echo, "127.0.0.1", 0)

    async def call(address, n):
        transport, protocol = await loop.create_connection(lambda: _Caller(n), *address)
        try:
            transport.write(bytes(n))
            if n % 3:
                await protocol.done
                assert len(protocol.data) == n
        finally:
            transport.close()
            protocol.done.cancel()

    async with _served(server) as address, asyncio.TaskGroup() as group:
        for n in range(1, 31):
            group.create_task(call(address, n * 100))
