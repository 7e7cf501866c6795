"""Ending everything from within everything: connection_lost comes once, and nothing hangs."""

import asyncio
import contextlib
import socket

import pytest

from tests.kernel.streams import Pair, Recorder

CALLBACKS = [
    "connection_made",
    "data_received",
    "eof_received",
    "pause_writing",
    "resume_writing",
    "connection_lost",
]


def close_its_socket(transport):
    """Behind its back, as no one should."""
    socket.close(transport.get_extra_info("socket").fileno())


ACTIONS = {
    "close": lambda transport: transport.close(),
    "abort": lambda transport: transport.abort(),
    "both": lambda transport: (transport.close(), transport.abort(), transport.close()),
    "write and close": lambda transport: (transport.write(b"x"), transport.close()),
    "write_eof": lambda transport: transport.write_eof(),
    "pause_reading": lambda transport: transport.pause_reading(),
    "write much": lambda transport: transport.write(bytes(1_000_000)),
    "another protocol": lambda transport: transport.set_protocol(asyncio.Protocol()),
    "stop": lambda transport: asyncio.get_running_loop().stop(),
    "close the loop": lambda transport: asyncio.get_running_loop().close(),
}


class Ending(Recorder):
    """Does `action` in `where`, once."""

    def __init__(self, where, action):
        super().__init__()
        self.where, self.action = where, action
        self.errors = []

    def act(self, where):
        if where == self.where and self.action is not None:
            action, self.action = self.action, None
            try:
                action(self.transport)
            except (RuntimeError, AttributeError, OSError) as error:
                self.errors.append(error)

    def connection_made(self, transport):
        super().connection_made(transport)
        self.act("connection_made")

    def data_received(self, data):
        super().data_received(data)
        self.act("data_received")

    def eof_received(self):
        super().eof_received()
        self.act("eof_received")

    def pause_writing(self):
        super().pause_writing()
        self.act("pause_writing")

    def resume_writing(self):
        super().resume_writing()
        self.act("resume_writing")

    def connection_lost(self, exc):
        super().connection_lost(exc)
        self.act("connection_lost")


async def all_its_life(protocol):
    """Make every callback happen, if the connection lives that long; then end it."""
    async with Pair(protocol) as pair:
        with contextlib.suppress(OSError, AttributeError, RuntimeError):
            pair.peer.send(b"question")
            await passes()
            pair.transport.write(bytes(2_000_000))
            await passes()
            received = 0
            for _ in range(2000):
                with contextlib.suppress(BlockingIOError):
                    data = pair.peer.recv(1 << 16)
                    received += len(data)
                    if not data:
                        break
                await asyncio.sleep(0)
                if received >= 2_000_000 and not pair.transport.get_write_buffer_size():
                    break
            pair.peer.shutdown(socket.SHUT_WR)
            await passes()
    await passes()


async def passes():
    for _ in range(10):
        await asyncio.sleep(0)


def run_to_the_end(loop, main):
    """Whatever stops the loop: go on."""
    task = loop.create_task(asyncio.wait_for(main, 60))
    for _ in range(10):
        with contextlib.suppress(RuntimeError):
            return loop.run_until_complete(task)
    raise AssertionError("stopped again and again")


@pytest.mark.parametrize("where", CALLBACKS)
@pytest.mark.parametrize("action", list(ACTIONS))
def test_of_a_connection(own_loop, where, action):
    reports = []
    own_loop.set_exception_handler(lambda _, context: reports.append(context))
    protocol = Ending(where, ACTIONS[action])
    run_to_the_end(own_loop, all_its_life(protocol))
    assert protocol.action is None
    assert protocol.calls.count("lost") == (
        action != "another protocol" or where == "connection_lost"
    )
    assert reports == []
    assert all(str(error) for error in protocol.errors)
    if action == "close the loop":
        assert [str(error) for error in protocol.errors] == ["Cannot close a running event loop"]


class Datagrams(asyncio.DatagramProtocol):
    def __init__(self, where, action):
        self.where, self.action = where, action
        self.calls = []

    def act(self, where):
        self.calls.append(where)
        if where == self.where and self.action is not None:
            action, self.action = self.action, None
            with contextlib.suppress(RuntimeError):
                action(self.transport)

    def connection_made(self, transport):
        self.transport = transport
        self.act("connection_made")

    def datagram_received(self, data, addr):
        self.act("datagram_received")

    def error_received(self, exc):
        self.act("error_received")

    def connection_lost(self, exc):
        self.act("connection_lost")


@pytest.mark.parametrize(
    "where", ["connection_made", "datagram_received", "error_received", "connection_lost"]
)
@pytest.mark.parametrize("action", ["close", "abort", "both", "stop", "close the loop"])
def test_of_an_endpoint(loop, reports, where, action):
    protocol = Datagrams(where, ACTIONS[action])

    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
                lambda: protocol, remote_addr=peer.getsockname()
            )
            for _ in range(3):
                peer.sendto(b"x", transport.get_extra_info("sockname") or ("127.0.0.1", 9))
            await passes()
        for _ in range(3):  # ICMP refuses these
            transport.sendto(b"x")
            await passes()
        transport.close()
        await passes()

    run_to_the_end(loop, main())
    assert protocol.calls.count("connection_lost") == 1
    assert protocol.calls[-1] == "connection_lost"
    assert reports == []
