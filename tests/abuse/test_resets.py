"""The peer resets the connection, at each moment of its life: who waits is told."""

import asyncio
import contextlib
import socket
import ssl

import pytest

from tests.abuse.ends import Served, raw, reset
from tests.kernel.streams import until

READS = {
    "read": lambda reader: reader.read(),
    "read some": lambda reader: reader.read(100),
    "readexactly": lambda reader: reader.readexactly(100),
    "readline": lambda reader: reader.readline(),
    "readuntil": lambda reader: reader.readuntil(b"end"),
}


def test_before_it_is_accepted(run, streams):
    async def main():
        served = []

        async def handler(reader, writer):
            with contextlib.suppress(ConnectionError):
                served.append(await reader.read(5))
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

        server = await streams.start_server(handler, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            for _ in range(20):
                reset(raw(port))
            reader, writer = await streams.open_connection("127.0.0.1", port)
            writer.write(b"hello")
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()
        assert served == [b"hello"]

    run(main)


@pytest.mark.parametrize("how", list(READS))
@pytest.mark.parametrize("sent", [b"", b"some"])
def test_while_somebody_reads(run, streams, how, sent):
    async def main():
        async with Served(streams) as (reader, writer, peer):
            if how == "read some":
                peer.sendall(sent)
                if sent:
                    assert await reader.read(100) == sent
            reading = asyncio.ensure_future(READS[how](reader))
            await asyncio.sleep(0)
            if how != "read some":
                peer.sendall(sent)
                await until(lambda: len(reader._buffer) == len(sent))
            reset(peer)
            with pytest.raises(ConnectionResetError):
                await reading
            with pytest.raises(ConnectionResetError):  # and so is the next one
                await reader.read()
            assert isinstance(reader.exception(), ConnectionResetError)
            assert writer.is_closing()

    run(main)


async def stuff(writer):
    """Write until nothing more leaves."""
    writer.write(bytes(20_000_000))
    before = None
    while (size := writer.transport.get_write_buffer_size()) != before:
        before = size
        await asyncio.sleep(0.005)
    assert size > 0


def test_while_much_waits_to_be_sent(run, streams):
    async def main():
        async with Served(streams) as (_, writer, peer):
            await stuff(writer)
            draining = asyncio.create_task(writer.drain())
            await asyncio.sleep(0)
            assert not draining.done()
            reset(peer)
            with pytest.raises(ConnectionResetError):
                await draining
            with pytest.raises(ConnectionResetError):
                await writer.drain()
            with pytest.raises(ConnectionResetError):
                await writer.wait_closed()
            writer.write(b"nobody reads this")

    run(main)


def test_while_several_drain(run, streams):
    async def main():
        async with Served(streams) as (_, writer, peer):
            await stuff(writer)
            draining = [asyncio.create_task(writer.drain()) for _ in range(5)]
            await asyncio.sleep(0)
            draining[2].cancel()
            reset(peer)
            ends = await asyncio.gather(*draining, return_exceptions=True)
            assert [type(end) for end in ends] == [
                asyncio.CancelledError if number == 2 else ConnectionResetError
                for number in range(5)
            ]

    run(main)


def test_while_it_closes(run, streams):
    async def main():
        async with Served(streams) as (_, writer, peer):
            await stuff(writer)
            writer.close()
            closing = asyncio.create_task(writer.wait_closed())
            await asyncio.sleep(0)
            assert not closing.done()
            reset(peer)
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                await closing

    run(main)


def test_after_we_ended_our_half(run, streams):
    async def main():
        async with Served(streams) as (reader, writer, peer):
            writer.write_eof()
            assert peer.recv(1) == b""
            peer.sendall(b"some")
            assert await reader.readexactly(4) == b"some"
            reset(peer)
            with pytest.raises(ConnectionResetError):
                await reader.read()

    run(main)


async def write_on(writer):
    while True:  # the first one only brings the RST
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0)


def test_after_it_ended_its_half(run, streams):
    async def main():
        async with Served(streams) as (reader, writer, peer):
            peer.sendall(b"last words")
            peer.shutdown(socket.SHUT_WR)
            assert await reader.read() == b"last words"
            reset(peer)
            with pytest.raises(ConnectionError):
                await write_on(writer)

    run(main)


@pytest.mark.parametrize("sent", [b"", b"\x16\x03\x01\x02\x00\x01"])
def test_while_a_server_shakes_hands(run, streams, certificate, sent):
    async def main():
        served = []

        async def handler(reader, writer):
            served.append(await reader.read())
            writer.close()
            await writer.wait_closed()

        server = await streams.start_server(
            handler, "127.0.0.1", 0, ssl=certificate.server_context()
        )
        async with server:
            port = server.sockets[0].getsockname()[1]
            client = raw(port)
            client.sendall(sent)
            for _ in range(5):
                await asyncio.sleep(0)
            reset(client)
            reader, writer = await streams.open_connection(
                "localhost", port, ssl=certificate.client_context()
            )
            writer.write(b"hello")
            writer.close()
            await writer.wait_closed()
            del reader
        await until(lambda: served)
        assert served == [b"hello"]

    run(main)


@pytest.mark.parametrize("answer", [b"", b"\x16\x03\x03\x00\x50\x02"])
def test_while_a_client_shakes_hands(run, streams, certificate, answer):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setblocking(False)
            port = listening.getsockname()[1]
            connecting = asyncio.create_task(
                streams.open_connection("localhost", port, ssl=certificate.client_context())
            )
            peer, _ = await loop.sock_accept(listening)
            await loop.sock_recv(peer, 10_000)
            peer.send(answer)
            reset(peer)
            with pytest.raises(ConnectionResetError):
                await connecting

    run(main)


@pytest.mark.parametrize("when", ["at once", "after the hello", "within the answer"])
def test_while_a_connection_starts_tls(run, streams, certificate, when):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.setblocking(False)
            port = listening.getsockname()[1]
            _, writer = await streams.open_connection("127.0.0.1", port)
            peer, _ = await loop.sock_accept(listening)
            starting = asyncio.create_task(
                writer.start_tls(certificate.client_context(), server_hostname="localhost")
            )
            if when != "at once":
                await loop.sock_recv(peer, 10_000)
            if when == "within the answer":
                peer.send(b"\x16\x03\x03\x00\x50\x02")
            reset(peer)
            with pytest.raises(ConnectionResetError):
                await starting
            assert writer.transport.is_closing()
            await asyncio.sleep(0)  # connection_lost

    run(main)


@pytest.mark.parametrize("fallback", [True, False])
def test_while_a_file_is_sent(run, streams, fallback, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(5_000_000))

    async def main():
        loop = asyncio.get_running_loop()
        async with Served(streams) as (_, writer, peer):
            if fallback:
                writer.transport._sendfile_compatible = asyncio.constants._SendfileMode.FALLBACK
            with path.open("rb") as file:
                sending = asyncio.create_task(loop.sendfile(writer.transport, file))
                await loop.run_in_executor(None, peer.recv, 1)
                reset(peer)
                with pytest.raises(ConnectionError):
                    await sending

    run(main)


def test_within_a_record(run, streams, certificate):
    async def main():
        server_side = asyncio.get_running_loop().create_future()

        async def handler(reader, writer):
            assert await reader.readexactly(5) == b"first"
            server_side.set_result(reader)
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(5)
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()
            server_side.get_loop().call_soon(over.set)

        over = asyncio.Event()
        server = await streams.start_server(
            handler, "127.0.0.1", 0, ssl=certificate.server_context()
        )
        async with server:
            loop = asyncio.get_running_loop()
            sock = raw(server.sockets[0].getsockname()[1])
            incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
            tls = certificate.client_context().wrap_bio(
                incoming, outgoing, server_hostname="localhost"
            )
            sock.setblocking(False)
            while True:
                try:
                    tls.do_handshake()
                    break
                except ssl.SSLWantReadError:
                    await loop.sock_sendall(sock, outgoing.read())
                    incoming.write(await loop.sock_recv(sock, 10_000))
            tls.write(b"first")
            await loop.sock_sendall(sock, outgoing.read())
            await server_side
            tls.write(b"second")
            await loop.sock_sendall(sock, outgoing.read()[:8])
            await asyncio.sleep(0)
            reset(sock)
            await over.wait()

    run(main)
