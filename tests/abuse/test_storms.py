"""No descriptor left, a signal every millisecond, datagrams that nobody takes."""

import asyncio
import contextlib
import errno
import os
import resource
import signal
import socket

import pytest

from tests.kernel.streams import until


@contextlib.contextmanager
def no_more_descriptors():
    """Within it, accept() finds no free number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken = []
    free = os.dup(0)
    os.close(free)
    resource.setrlimit(resource.RLIMIT_NOFILE, (free + 8, hard))
    try:
        with contextlib.suppress(OSError):
            while True:
                taken.append(os.dup(0))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        for number in taken:
            os.close(number)


def test_a_listener_without_descriptors_pauses_and_recovers(run, streams, reports, monkeypatch):
    monkeypatch.setattr(asyncio.constants, "ACCEPT_RETRY_DELAY", 0.05)

    async def main():
        served = []

        async def handler(reader, writer):
            served.append(await reader.read(1))
            writer.close()
            await writer.wait_closed()

        server = await streams.start_server(handler, "127.0.0.1", 0)
        async with server:
            clients = [socket.socket() for _ in range(20)]
            with no_more_descriptors():
                for client in clients:
                    client.setblocking(False)
                    with contextlib.suppress(BlockingIOError):
                        client.connect(server.sockets[0].getsockname())
                await until(lambda: reports)
                before = len(reports)
                for _ in range(50):
                    await asyncio.sleep(0)
                assert len(reports) <= before + 2  # it looks again after a while, not at once
            for client in clients:
                client.send(b"x")
            await until(lambda: len(served) == len(clients))
            for client in clients:
                client.close()
            # Before it is closed: asyncio begins to serve once more for each failure, then in vain.
            return {(message, error.errno) for message, error in reports}

    assert run(main) == {("socket.accept() out of system resource", errno.EMFILE)}
    reports.clear()


def test_a_server_that_closes_while_it_pauses(run, streams, reports, monkeypatch):
    monkeypatch.setattr(asyncio.constants, "ACCEPT_RETRY_DELAY", 0.01)

    async def main():
        server = await streams.start_server(lambda *_: None, "127.0.0.1", 0)
        with socket.socket() as client:
            with no_more_descriptors():
                client.connect(server.sockets[0].getsockname())
                await until(lambda: reports)
            server.close()
            await server.wait_closed()
            await asyncio.sleep(0.02)

    run(main)
    assert reports[0][0] == "socket.accept() out of system resource"
    reports.clear()  # asyncio's _start_serving, which comes too late, may be another


def test_a_storm_of_signals(run, server, kind):
    heard = []
    message = os.urandom(100_000)

    async def main():
        async def echo(reader, writer):
            while data := await reader.read(10_000):
                writer.write(data)
                await writer.drain()

        async with server(echo) as connect:
            reader, writer = await connect()
            rounds = 0
            while rounds < 20 or len(heard) < 30:
                writer.write(message)
                assert await reader.readexactly(len(message)) == message
                await asyncio.sleep(0.001)
                rounds += 1
            writer.close()
            await writer.wait_closed()

    before = signal.signal(signal.SIGALRM, lambda *_: heard.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.001, 0.001)
    try:
        run(main)
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self):
        self.events = asyncio.Queue()
        self.lost = asyncio.get_running_loop().create_future()

    def datagram_received(self, data, addr):
        self.events.put_nowait(data)

    def error_received(self, exc):
        self.events.put_nowait(exc)

    def connection_lost(self, exc):
        self.lost.set_result(exc)


def test_a_datagram_that_is_too_long(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            peer.setblocking(False)
            transport, protocol = await loop.create_datagram_endpoint(
                Datagrams, remote_addr=peer.getsockname()
            )
            transport.sendto(b"before")
            transport.sendto(bytes(70_000))
            transport.sendto(b"after")
            error = await protocol.events.get()
            assert error.errno == errno.EMSGSIZE
            assert await loop.sock_recv(peer, 100) == b"before"
            assert await loop.sock_recv(peer, 100) == b"after"
            transport.close()
            assert await protocol.lost is None

    run(main)


@pytest.mark.parametrize("times", [1, 5])
def test_a_port_where_nobody_listens(run, times):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            address = peer.getsockname()
        transport, protocol = await loop.create_datagram_endpoint(Datagrams, remote_addr=address)
        for _ in range(times):
            transport.sendto(b"anybody?")
            assert isinstance(await protocol.events.get(), ConnectionRefusedError)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(address)
            peer.setblocking(False)
            transport.sendto(b"now?")
            data, where = await loop.sock_recvfrom(peer, 100)
            assert data == b"now?"
            await loop.sock_sendto(peer, b"yes", where)
            assert await protocol.events.get() == b"yes"
        transport.abort()
        assert await protocol.lost is None

    run(main)
