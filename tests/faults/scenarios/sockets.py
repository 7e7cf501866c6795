"""The loop's sock_* methods, sendfile, add_reader and add_writer, datagrams."""

import asyncio
import os
import socket
import tempfile

DATA = bytes(range(256)) * 400


async def sock_calls():
    """sock_connect, sock_accept, sock_sendall, sock_recv and sock_recv_into."""
    loop = asyncio.get_running_loop()
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as client:
        server.setblocking(False)
        client.setblocking(False)

        async def serve():
            sock, _ = await loop.sock_accept(server)
            with sock:
                buffer = bytearray(10_000)
                while n := await loop.sock_recv_into(sock, buffer):
                    await loop.sock_sendall(sock, buffer[:n])

        async def call():
            await loop.sock_connect(client, server.getsockname())
            async with asyncio.TaskGroup() as both:
                both.create_task(loop.sock_sendall(client, DATA))
                received = bytearray()
                while len(received) < len(DATA):
                    data = await loop.sock_recv(client, 8000)
                    if not data:
                        raise EOFError("the server has hung up")
                    received += data
            assert bytes(received) == DATA
            client.shutdown(socket.SHUT_WR)

        async with asyncio.TaskGroup() as group:
            group.create_task(serve())
            group.create_task(call())


class _End(asyncio.Protocol):
    """Counts what comes; `lost` ends with that number, or with what ended the connection."""

    def __init__(self):
        self.received = 0
        self.lost = asyncio.get_running_loop().create_future()

    def data_received(self, data):
        self.received += len(data)

    def connection_lost(self, exc):
        if self.lost.done():
            return
        if exc is None:
            self.lost.set_result(self.received)
        else:
            self.lost.set_exception(exc)


async def send_a_file():
    """loop.sendfile over a transport, with the system call."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    sender = receiver = None
    with tempfile.TemporaryFile() as file, left, right:
        file.write(DATA)
        file.flush()
        try:
            sender, sending = await loop.create_connection(_End, sock=left)
            receiver, receiving = await loop.create_connection(_End, sock=right)
            sender.write(DATA)
            if sender.is_closing():
                await sending.lost
            await loop.sendfile(sender, file)
            sender.close()
            await sending.lost
            assert await receiving.lost == 2 * len(DATA)
        finally:
            for one in (sender, receiver):
                if one is not None:
                    one.abort()
            await asyncio.sleep(0)


async def sock_sendfile():
    """loop.sock_sendfile, with the system call."""
    loop = asyncio.get_running_loop()
    left, right = socket.socketpair()
    with tempfile.TemporaryFile() as file, left, right:
        file.write(DATA)
        file.flush()
        left.setblocking(False)
        right.setblocking(False)

        async def send():
            assert await loop.sock_sendfile(left, file) == len(DATA)
            left.shutdown(socket.SHUT_WR)

        async with asyncio.TaskGroup() as group:
            group.create_task(send())
            received = bytearray()
            while data := await loop.sock_recv(right, 8000):
                received += data
            assert bytes(received) == DATA


async def datagrams_by_calls():
    """sock_sendto and sock_recvfrom."""
    loop = asyncio.get_running_loop()
    kind = socket.AF_INET, socket.SOCK_DGRAM
    with socket.socket(*kind) as left, socket.socket(*kind) as right:
        for one in (left, right):
            one.setblocking(False)
            one.bind(("127.0.0.1", 0))
        for n in range(3):
            await loop.sock_sendto(left, DATA[: n * 100 + 1], right.getsockname())
            data, address = await loop.sock_recvfrom(right, 1000)
            assert (len(data), address) == (n * 100 + 1, left.getsockname())


async def readers_and_writers():
    """add_reader and add_writer on one descriptor, which is closed and used again."""
    loop = asyncio.get_running_loop()
    for _ in range(3):
        left, right = socket.socketpair()
        with left, right:
            left.setblocking(False)
            right.setblocking(False)
            writable, readable = loop.create_future(), loop.create_future()
            loop.add_writer(left, _once, writable)
            try:
                loop.add_reader(left, _once, readable)
                await writable
                loop.remove_writer(left)
                right.send(b"x")
                await readable
                assert left.recv(10) == b"x"
            finally:
                loop.remove_reader(left)
                loop.remove_writer(left)


def _once(future):
    if not future.done():
        future.set_result(None)


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, answers):
        self.answers = answers
        self.received = []
        self.lost = None
        self.waiter = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, address):
        if self.answers:
            self.transport.sendto(data, address)
        self.received.append(data)
        if not self.waiter.done():
            self.waiter.set_result(None)

    def error_received(self, exc):
        self.lost = exc

    def connection_lost(self, exc):
        self.lost = exc or EOFError("the transport was closed")


async def datagrams():
    """UDP there and back. A datagram may be lost: after a while the client asks again."""
    loop = asyncio.get_running_loop()
    server, serving = await loop.create_datagram_endpoint(
        lambda: _Datagrams(True), ("127.0.0.1", 0)
    )
    try:
        client, calling = await loop.create_datagram_endpoint(
            lambda: _Datagrams(False), remote_addr=server.get_extra_info("sockname")
        )
        try:
            for n in range(5):
                message = b"%d" % n * 100
                while message not in calling.received:
                    calling.waiter = loop.create_future()
                    client.sendto(message)
                    await asyncio.wait([calling.waiter], timeout=0.05)
                    for protocol in (calling, serving):
                        if protocol.lost is not None:
                            raise protocol.lost
        finally:
            client.abort()
    finally:
        server.abort()
        await asyncio.sleep(0)


async def pipes():
    """A read and a write pipe transport."""
    loop = asyncio.get_running_loop()
    read_end, write_end = os.pipe()
    with os.fdopen(read_end, "rb", 0) as reading, os.fdopen(write_end, "wb", 0) as writing:
        reader = asyncio.StreamReader()
        source, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), reading
        )
        try:
            sink, _ = await loop.connect_write_pipe(asyncio.streams.FlowControlMixin, writing)
            try:
                sink.write(DATA)
                sink.write(DATA)
                sink.write_eof()
                assert await reader.read() == DATA + DATA
            finally:
                if not sink.is_closing():
                    sink.abort()
        finally:
            source.close()
            await asyncio.sleep(0)
