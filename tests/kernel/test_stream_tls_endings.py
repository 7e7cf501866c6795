"""How an encrypted connection ends: by word, without one, within a record, by an error."""

import asyncio
import contextlib
import os
import socket
import ssl
import struct

import pytest

from tests.kernel.tls_ends import Kept, KeptBuffered, KeptInPlenty, Served

KINDS = [Kept, KeptBuffered, KeptInPlenty]


@pytest.mark.parametrize("kind", KINDS)
def test_the_peer_says_that_it_ends(run, either, kind):
    async def main():
        async with Served(either, kind) as (peer, protocol):
            last = peer.records(b"last words")
            with contextlib.suppress(ssl.SSLWantReadError):
                peer.tls.unwrap()
            await peer.send(last + peer.outgoing.read())
            assert await protocol.lost is None
            assert protocol.data == b"last words"
            assert protocol.calls == ["eof_received", "connection_lost"]
            assert protocol.transport.is_closing()

    run(main)


def test_the_peer_ends_without_a_word(run, contexts):
    async def main():
        async with Served(contexts) as (peer, protocol):
            await peer.send(peer.records(b"last words"))
            peer.writer.write_eof()
            assert await protocol.lost is None
            assert protocol.data == b"last words"

    run(main)


def test_the_peer_ends_within_a_record(run, contexts):
    async def main():
        async with Served(contexts) as (peer, protocol):
            await peer.send(peer.records(b"last words")[:20])
            peer.writer.write_eof()
            return type(await protocol.lost), protocol.data, protocol.calls

    assert run(main) == (type(None), b"", ["eof_received", "connection_lost"])


def test_the_peer_resets_the_connection(run, contexts):
    async def main():
        async with Served(contexts) as (peer, protocol):
            sock = peer.writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            peer.writer.transport.abort()
            assert isinstance(await protocol.lost, ConnectionResetError)

    run(main)


@pytest.mark.parametrize("flaw", ["kind", "length", "content", "version"])
def test_a_record_that_is_none(run, contexts, flaw):
    async def main():
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
        async with Served(contexts) as (peer, protocol):
            good, bad = peer.records(b"good"), bytearray(peer.records(b"bad"))
            if flaw == "kind":
                bad[0] = 99
            elif flaw == "version":
                bad[1] = 7
            elif flaw == "length":
                bad[3:5] = b"\xff\xff"
            else:
                bad[-1] ^= 1
            await peer.send(good)
            await protocol.has(4)
            await peer.send(bytes(bad))
            exc = await protocol.lost
            assert isinstance(exc, ssl.SSLError)
            assert protocol.data == b"good"
            assert not reported  # SSLError is an OSError: the network's
            return exc.reason

    expected = {
        "kind": ["UNKNOWN_RECORD_TYPE", "UNEXPECTED_MESSAGE", "BAD_RECORD_TYPE"],
        "version": ["WRONG_VERSION_NUMBER"],
        "length": ["PACKET_LENGTH_TOO_LONG", "ENCRYPTED_LENGTH_TOO_LONG"],
        "content": ["DECRYPTION_FAILED_OR_BAD_RECORD_MAC"],
    }
    # OpenSSL 3.5 and later say the last, whatever it is.
    assert run(main) in [*expected[flaw], "RECORD_LAYER_FAILURE"]


def test_a_protocol_that_fails(run, contexts):
    class Failing(Kept):
        def data_received(self, data):
            raise ZeroDivisionError(data)

    async def main():
        reported = []
        asyncio.get_running_loop().set_exception_handler(lambda _, what: reported.append(what))
        async with Served(contexts, Failing) as (peer, protocol):
            await peer.send(peer.records(b"x"))
            assert isinstance(await protocol.lost, ZeroDivisionError)
        assert [what["message"] for what in reported] == ["Fatal error on SSL protocol"]

    run(main)


def test_writing_to_what_is_closed(run, contexts, caplog):
    async def main():
        async with Served(contexts) as (peer, protocol):
            protocol.transport.close()
            assert protocol.transport.is_closing()
            for _ in range(10):
                protocol.transport.write(b"lost")
            assert await peer.until(peer.tls.read, 1) == b""
            peer.tls.unwrap()
            await peer.send()
            assert await protocol.lost is None

    run(main)
    assert "SSL connection is closed" in caplog.text


def test_close_sends_what_was_written(run, contexts):
    sent = os.urandom(3_000_000)

    async def main():
        async with Served(contexts) as (peer, protocol):
            protocol.transport.write(sent)
            protocol.transport.close()
            assert await peer.read(len(sent)) == sent
            assert await peer.until(peer.tls.read, 1) == b""
            with contextlib.suppress(ssl.SSLError):
                await peer.until(peer.tls.unwrap)
            await peer.send()
            assert await protocol.lost is None

    run(main)


def test_abort_calls_connection_lost_once(run, contexts):
    async def main():
        async with Served(contexts) as (_, protocol):
            protocol.transport.abort()
            assert await protocol.lost is None
            assert protocol.calls == ["connection_lost"]

    run(main)


def test_closing_in_data_received(run, contexts):
    class Closing(Kept):
        def data_received(self, data):
            super().data_received(data)
            self.transport.write(b"bye")
            self.transport.close()

    async def main():
        async with Served(contexts, Closing) as (peer, protocol):
            await peer.send(peer.records(b"one") + peer.records(b"two"))
            assert await peer.read(3) == b"bye"
            await peer.close()
            await protocol.lost
            assert protocol.data == b"onetwo"

    run(main)


def test_a_handshake_that_is_given_up(run, contexts):
    async def main():
        loop = asyncio.get_running_loop()
        accepted = loop.create_future()
        server = await asyncio.start_server(
            lambda reader, writer: accepted.set_result(writer), "127.0.0.1", 0
        )
        port = server.sockets[0].getsockname()[1]
        connecting = asyncio.ensure_future(
            asyncio.open_connection("127.0.0.1", port, ssl=contexts[1], server_hostname="localhost")
        )
        writer = await accepted
        writer.close()
        with pytest.raises(ConnectionResetError):
            await connecting
        await writer.wait_closed()
        server.close()

    run(main)


def test_a_handshake_that_takes_too_long(run, contexts):
    async def main():
        held = []
        server = await asyncio.start_server(lambda *ends: held.append(ends), "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ConnectionAbortedError, match=r"handshake is taking longer than 0\.01"):
            await asyncio.open_connection(
                "127.0.0.1",
                port,
                ssl=contexts[1],
                server_hostname="localhost",
                ssl_handshake_timeout=0.01,
            )
        for _, writer in held:
            writer.close()
        server.close()

    run(main)
