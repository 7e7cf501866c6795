"""The datagram transport; both loops must agree."""

import asyncio
import contextlib
import inspect
import logging
import socket
import sys
import tempfile
from pathlib import Path

import pytest

from tests.kernel.streams import until
from trueloop.kernel.datagram import DatagramTransport


class Recorder(asyncio.DatagramProtocol):
    """Writes down every call."""

    def __init__(self):
        self.calls = []
        self.received = []
        self.errors = []
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport):
        self.transport = transport
        self.calls.append("made")

    def datagram_received(self, data, addr):
        assert type(data) is bytes
        self.received.append((data, addr))

    def error_received(self, exc):
        self.errors.append(exc)

    def pause_writing(self):
        self.calls.append("pause")

    def resume_writing(self):
        self.calls.append("resume")

    def connection_lost(self, exc):
        self.calls.append("lost")
        self.lost.set_result(exc)


class Endpoint:
    """`async with Endpoint() as endpoint`: endpoint.transport, and its peer, a plain socket."""

    def __init__(self, protocol=Recorder, family=socket.AF_INET, connected=False):
        self.make = protocol
        self.family = family
        self.connected = connected

    async def __aenter__(self):
        self.loop = asyncio.get_running_loop()
        self.peer = socket.socket(self.family, socket.SOCK_DGRAM)
        self.peer.setblocking(False)
        self.peer.bind(("::1" if self.family == socket.AF_INET6 else "127.0.0.1", 0))
        address = self.peer.getsockname()
        self.transport, self.protocol = await self.loop.create_datagram_endpoint(
            self.make,
            local_addr=None if self.connected else (address[0], 0),
            remote_addr=address[:2] if self.connected else None,
        )
        if self.connected:
            self.peer.connect(self.transport.get_extra_info("sockname"))
        self.address = self.transport.get_extra_info("sockname")
        return self

    async def __aexit__(self, *failure):
        self.peer.close()
        self.transport.abort()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    def send(self, *datagrams):
        for each in datagrams:
            if self.connected:
                self.peer.send(each)
            else:
                self.peer.sendto(each, self.address)

    async def received(self, count):
        await until(lambda: len(self.protocol.received) >= count)
        return [data for data, _ in self.protocol.received]


@pytest.fixture
def path():
    """Where a Unix socket can be: pytest's own folders have names that are too long."""
    with tempfile.TemporaryDirectory() as folder:
        yield str(Path(folder, "socket"))


async def stuffed(path):
    """A transport on a socket that takes no more, its protocol, the other end, and what is sent."""
    peer = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    peer.bind(path)
    peer.setblocking(False)
    transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
        Recorder, remote_addr=path, family=socket.AF_UNIX
    )
    transport.set_write_buffer_limits(high=100)
    sent = [b"%d" % i for i in range(10_000)]
    for i, each in enumerate(sent):
        transport.sendto(each)
        if transport.get_write_buffer_size():
            return transport, protocol, peer, sent[: i + 1]
    raise AssertionError("there is no end to what it takes")


def takes_the_header_off_again(transport):
    """Some releases of asyncio 3.13 only add it: what they keep never comes to nothing."""
    is_native = type(transport) is DatagramTransport
    return is_native or "header" in inspect.getsource(transport._sendto_ready)


async def everything(peer, last):
    """What has arrived, up to this one."""
    received = []

    def has_come():
        with contextlib.suppress(BlockingIOError):
            while received[-1:] != [last]:
                received.append(peer.recv(1000))
        return received[-1:] == [last]

    await until(has_come)
    return received


# ---- receiving


def test_a_datagram_comes_with_its_sender(run):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.send(b"first")
            await endpoint.received(1)
            endpoint.send(b"second", b"")
            await endpoint.received(3)
            sender = endpoint.peer.getsockname()
            assert endpoint.protocol.received == [
                (b"first", sender),
                (b"second", sender),
                (b"", sender),
            ]
            assert all(type(addr) is tuple for _, addr in endpoint.protocol.received)
        assert await endpoint.protocol.lost is None

    run(main)


def test_many_at_once_come_in_order(run):
    async def main():
        async with Endpoint() as endpoint:
            sent = [b"%d" % i for i in range(100)]
            endpoint.send(*sent)
            assert await endpoint.received(100) == sent

    run(main)


def test_many_senders_are_told_apart(run):
    async def main():
        async with Endpoint() as endpoint:
            with contextlib.ExitStack() as opened:
                senders = [
                    opened.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                    for _ in range(200)
                ]
                for sender in senders:
                    sender.bind(("127.0.0.1", 0))
                for sender in senders * 2:
                    sender.sendto(b"", endpoint.address)
                    await endpoint.received(1)
                    assert endpoint.protocol.received.pop() == (b"", sender.getsockname())

    run(main)


@pytest.mark.skipif(not socket.has_ipv6, reason="this machine has no IPv6")
def test_addresses_of_ipv6(run):
    async def main():
        async with Endpoint(family=socket.AF_INET6) as endpoint:
            endpoint.send(b"question")
            await endpoint.received(1)
            ((_, sender),) = endpoint.protocol.received
            assert sender == endpoint.peer.getsockname()
            endpoint.transport.sendto(b"answer", sender)
            assert endpoint.peer.recv(100) == b"answer"
            endpoint.transport.sendto(b"again", ("::1", sender[1]))
            assert endpoint.peer.recv(100) == b"again"
            endpoint.transport.sendto(b"in full", ("0:0:0:0:0:0:0:1", sender[1], 0, 0))
            assert endpoint.peer.recv(100) == b"in full"

    run(main)


def test_datagrams_of_a_unix_socket(run, path):
    async def main():
        transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
            Recorder, local_addr=path, family=socket.AF_UNIX
        )
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer:
            peer.sendto(b"nameless", path)
            await until(lambda: protocol.received)
            peer.bind(f"{path}2")
            peer.sendto(b"named", path)
            await until(lambda: len(protocol.received) == 2)
            assert protocol.received == [(b"nameless", None), (b"named", f"{path}2")]
            transport.sendto(b"answer", f"{path}2")
            assert peer.recv(100) == b"answer"
        transport.close()
        assert await protocol.lost is None

    run(main)


def test_as_long_as_a_datagram_can_be(run):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.send(bytes(65507))
            assert await endpoint.received(1) == [bytes(65507)]

    run(main)


def test_max_size_cuts_datagrams_off(run):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.transport.max_size = 3
            endpoint.send(b"abcdef")
            assert await endpoint.received(1) == [b"abc"]

    run(main)


def test_pause_and_resume_lose_nothing(run):
    class Pausing(Recorder):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            if data == b"pause":
                self.transport.pause_reading()

    async def main():
        async with Endpoint(Pausing) as endpoint:
            endpoint.send(b"a", b"pause", b"b", b"c")
            await endpoint.received(2)
            assert not endpoint.transport.is_reading()
            for _ in range(5):
                await asyncio.sleep(0)
            assert len(endpoint.protocol.received) == 2
            endpoint.transport.resume_reading()
            assert await endpoint.received(4) == [b"a", b"pause", b"b", b"c"]

    run(main)


def test_a_protocol_that_closes_gets_no_more(run):
    class Closing(Recorder):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            self.transport.close()

    async def main():
        async with Endpoint(Closing) as endpoint:
            endpoint.send(b"a", b"b", b"c")
            await endpoint.protocol.lost
            assert len(endpoint.protocol.received) == 1
            assert endpoint.protocol.calls == ["made", "lost"]

    run(main)


def test_an_exception_of_the_protocol_is_reported_and_the_rest_is_delivered(either_loop, reports):
    class Failing(Recorder):
        def datagram_received(self, data, addr):
            super().datagram_received(data, addr)
            if data == b"bad":
                raise ZeroDivisionError

    async def main():
        async with Endpoint(Failing) as endpoint:
            endpoint.send(b"a", b"bad", b"b", b"bad", b"c")
            assert await endpoint.received(5) == [b"a", b"bad", b"b", b"bad", b"c"]
            endpoint.send(b"d")
            await endpoint.received(6)
            assert not endpoint.transport.is_closing()

    either_loop.run_until_complete(main())
    assert [type(exc) for _, exc in reports] == [ZeroDivisionError] * 2
    assert all(message.startswith("Exception in callback ") for message, _ in reports)


def test_another_protocol_takes_over(run):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.send(b"first")
            await endpoint.received(1)
            second = Recorder()
            endpoint.transport.set_protocol(second)
            assert endpoint.transport.get_protocol() is second
            endpoint.send(b"second")
            await until(lambda: second.received)
            assert len(endpoint.protocol.received) == 1
            endpoint.protocol = second

    run(main)


def test_nobody_listens_at_the_other_end(run):
    async def main():
        async with Endpoint(connected=True) as endpoint:
            endpoint.peer.close()
            endpoint.transport.sendto(b"anybody there?")
            await until(lambda: endpoint.protocol.errors)
            assert type(endpoint.protocol.errors[0]) is ConnectionRefusedError
            assert not endpoint.transport.is_closing()

    run(main)


# ---- sending


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_send_to_whom_it_came_from(run, kind):
    async def main():
        async with Endpoint() as endpoint:
            sender = endpoint.peer.getsockname()
            for address in (sender, tuple(sender), ("127.0.0.1", sender[1])):
                endpoint.transport.sendto(kind(b"data"), address)
                assert endpoint.peer.recvfrom(100) == (b"data", endpoint.address)
            endpoint.transport.sendto(kind(b"by name"), ("localhost", sender[1]))
            assert endpoint.peer.recv(100) == b"by name"
            with pytest.raises(
                TypeError, match=r"^data argument must be a bytes-like object, not 'str'$"
            ):
                endpoint.transport.sendto("text", sender)

    run(main)


def test_a_connected_transport_has_one_address(run):
    async def main():
        async with Endpoint(connected=True) as endpoint:
            transport = endpoint.transport
            transport.sendto(b"one")
            transport.sendto(b"two", endpoint.peer.getsockname())
            assert [endpoint.peer.recv(100) for _ in range(2)] == [b"one", b"two"]
            with pytest.raises(ValueError, match=r"^Invalid address: must be None or \('127"):
                transport.sendto(b"three", ("127.0.0.1", 9))
            endpoint.send(b"four")
            assert await endpoint.received(1) == [b"four"]
            assert endpoint.protocol.received[0][1] == endpoint.peer.getsockname()

    run(main)


def test_empty_datagrams_are_sent_from_3_13_on(run):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.transport.sendto(b"", endpoint.peer.getsockname())
            endpoint.transport.sendto(b"full", endpoint.peer.getsockname())
            expected = [b"", b"full"] if sys.version_info >= (3, 13) else [b"full"]
            assert [endpoint.peer.recv(100) for _ in expected] == expected

    run(main)


def test_an_address_that_cannot_be_sent_to_is_an_error_of_the_protocols(run):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.transport.sendto(bytes(70_000), endpoint.peer.getsockname())
            assert [error.errno for error in endpoint.protocol.errors] == [90]  # EMSGSIZE
            endpoint.transport.sendto(b"still", endpoint.peer.getsockname())
            assert endpoint.peer.recv(100) == b"still"

    run(main)


@pytest.mark.parametrize("address", [None, ("127.0.0.1", 70_000), ("127.0.0.1", "9"), (1, 2), 5])
def test_an_address_that_is_none_ends_the_transport(either_loop, reports, address):
    async def main():
        async with Endpoint() as endpoint:
            endpoint.transport.sendto(b"x", address)
            assert endpoint.transport.is_closing()
            assert isinstance(await endpoint.protocol.lost, (TypeError, OverflowError))

    either_loop.run_until_complete(main())
    assert [message for message, _ in reports] == ["Fatal write error on datagram transport"]


def test_what_the_socket_does_not_take_is_kept_and_sent_later(run, path):
    async def main():
        transport, protocol, peer, sent = await stuffed(path)
        with peer:
            header = transport.get_write_buffer_size() - len(sent[-1])
            assert header == (8 if sys.version_info >= (3, 13) else 0)
            assert list(transport._buffer) == [(sent[-1], transport._address)]
            mutable = bytearray(200)
            transport.sendto(mutable)
            mutable[:] = b"x" * 200
            assert protocol.calls == ["made", "pause"]
            transport.sendto(b"last")
            assert await everything(peer, b"last") == [*sent, bytes(200), b"last"]
            await until(lambda: not transport._buffer)
            if not header or takes_the_header_off_again(transport):
                assert protocol.calls == ["made", "pause", "resume"]
                assert transport.get_write_buffer_size() == 0
            transport.close()
            assert await protocol.lost is None

    run(main)


def test_close_sends_what_is_kept_first(run, path):
    async def main():
        transport, protocol, peer, sent = await stuffed(path)
        with peer:
            transport.sendto(b"last")
            transport.close()
            assert transport.is_closing()
            assert await everything(peer, b"last") == [*sent, b"last"]
            assert await protocol.lost is None
            assert protocol.calls.count("lost") == 1

    run(main)


def test_abort_drops_what_is_kept(run, path):
    async def main():
        transport, protocol, peer, sent = await stuffed(path)
        with peer:
            transport.abort()
            assert not transport._buffer
            assert await protocol.lost is None
            assert await everything(peer, sent[-2]) == sent[:-1]
            with pytest.raises(BlockingIOError):
                peer.recv(1)

    run(main)


def test_the_other_end_goes_while_something_is_kept(run, path):
    async def main():
        transport, protocol, peer, _ = await stuffed(path)
        transport.sendto(b"last")
        peer.close()
        await until(lambda: not transport._buffer)
        assert protocol.errors
        assert all(isinstance(error, OSError) for error in protocol.errors)
        assert not transport.is_closing()
        transport.close()
        assert await protocol.lost is None

    run(main)


def test_sends_after_the_end_are_counted_and_warned_of(run, caplog):
    async def main():
        async with Endpoint(connected=True) as endpoint:
            endpoint.transport.abort()
            with caplog.at_level(logging.WARNING, "asyncio"):
                for _ in range(6):
                    endpoint.transport.sendto(b"x")
        assert [record.getMessage() for record in caplog.records] == [
            "socket.send() raised exception."
        ] * 2

    run(main)


# ---- what it is


def test_it_is_what_asyncios_is_and_shows_the_same(run):
    async def main():
        async with Endpoint() as endpoint:
            transport = endpoint.transport
            assert isinstance(transport, asyncio.Transport)
            assert isinstance(transport, asyncio.DatagramTransport) == (sys.version_info >= (3, 12))
            assert transport.get_extra_info("socket").fileno() == transport._sock_fd
            assert transport.get_extra_info("peername", "nobody") is None
            assert transport.get_extra_info("nothing", 5) == 5
            assert transport._address is None
            assert transport._sock.family == socket.AF_INET
            assert not transport._conn_lost
            assert transport.max_size == 256 * 1024
            assert transport.get_write_buffer_limits() == (16 * 1024, 64 * 1024)
            with pytest.raises(ValueError, match="must be >= low"):
                transport.set_write_buffer_limits(high=1, low=2)
            await asyncio.sleep(0)
            assert repr(transport).endswith(
                f"Transport fd={transport._sock_fd} read=polling write=<idle, bufsize=0>>"
            )
            with pytest.raises(RuntimeError, match=r"^File descriptor \d+ is used by transport <"):
                endpoint.loop.add_reader(transport._sock_fd, int)

    run(main)


def test_it_is_native(loop):
    async def main():
        async with Endpoint() as endpoint:
            assert type(endpoint.transport) is DatagramTransport

    loop.run_until_complete(main())
