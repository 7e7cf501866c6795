"""A transport's socket is closed or detached, and its number is another's then."""

import asyncio
import contextlib
import os
import socket

import pytest

from tests.kernel.streams import Pair, Recorder


def take_number(number):
    """Two connected sockets, of which the first has that number."""
    first, second = socket.socketpair()
    if first.fileno() != number:
        os.dup2(first.fileno(), number)
        first.close()
        first = socket.socket(fileno=number)
    first.setblocking(False)
    second.setblocking(False)
    return first, second


def take_from(transport, how):
    """Close its socket behind its back: two sockets, of which the first has its number now."""
    sock = transport.get_extra_info("socket")._sock
    number = sock.fileno()
    if how == "detach":
        os.close(sock.detach())
    else:
        sock.close()
    return take_number(number)


@pytest.mark.parametrize("how", ["close", "detach"])
@pytest.mark.parametrize("size", [1, 500_000])
def test_nothing_is_written_to_who_has_its_number_now(run, how, size):
    async def main():
        async with Pair() as pair:
            other, its_peer = take_from(pair.transport, how)
            with other, its_peer:
                pair.transport.write(bytes(size))
                its_peer.send(b"for the other")
                for _ in range(5):
                    await asyncio.sleep(0)
                with pytest.raises(BlockingIOError):
                    its_peer.recv(100)
                assert other.recv(100) == b"for the other"
                assert pair.protocol.data == b""
                assert isinstance(await pair.protocol.lost, OSError)
                other.send(b"still open")
                assert its_peer.recv(100) == b"still open"

    run(main)


@pytest.mark.parametrize("how", ["close", "detach"])
def test_no_datagram_goes_to_who_has_its_number_now(run, how):
    class Datagrams(Recorder):
        def datagram_received(self, data, address):
            raise AssertionError(data)

        def error_received(self, error):
            self.calls.append(type(error))

    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            transport, protocol = await asyncio.get_running_loop().create_datagram_endpoint(
                Datagrams, remote_addr=peer.getsockname()
            )
            other, its_peer = take_from(transport, how)
            with other, its_peer:
                transport.sendto(b"x")
                for _ in range(5):
                    await asyncio.sleep(0)
                with pytest.raises(BlockingIOError):
                    its_peer.recv(100)
                with contextlib.suppress(AttributeError):
                    transport.abort()
                assert await protocol.lost is None
                assert protocol.calls == ["made", OSError, "lost"]

    run(main)


def test_a_datagram_after_the_end_goes_nowhere(own_loop, caplog):
    async def main():
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as peer:
            peer.bind(("127.0.0.1", 0))
            transport, protocol = await own_loop.create_datagram_endpoint(
                Recorder, local_addr=("127.0.0.1", 0)
            )
            number = transport.get_extra_info("socket").fileno()
            transport.sendto(b"x", peer.getsockname())
            transport.close()
            assert await protocol.lost is None
            other, its_peer = take_number(number)
            with other, its_peer:
                for _ in range(6):
                    transport.sendto(b"stray", peer.getsockname())
                with pytest.raises(BlockingIOError):
                    its_peer.recv(100)

    own_loop.run_until_complete(main())
    assert "socket.send() raised exception." in caplog.text
