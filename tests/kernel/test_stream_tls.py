"""TLS, of which CPython has the states and the kernel what runs per packet, as its users see it."""

import asyncio
import os
import ssl
from asyncio import sslproto

import pytest

from tests.kernel.tls_ends import Kept, KeptBuffered, KeptInPlenty, Served


def test_a_large_transfer_over_tls(run, contexts):
    sent = os.urandom(2_000_000)

    async def serve(reader, writer):
        data = await reader.readexactly(len(sent))
        writer.write(data)
        await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=contexts[0])
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=contexts[1], server_hostname="localhost"
            )
            writer.write(sent)
            assert await reader.readexactly(len(sent)) == sent
            writer.close()
            await writer.wait_closed()

    run(main)


def test_start_tls_on_a_live_connection(run, contexts):
    async def serve(reader, writer):
        assert await reader.readline() == b"STARTTLS\n"
        writer.write(b"GO\n")
        await writer.drain()
        await writer.start_tls(contexts[0])
        writer.write(b"secret:" + await reader.readline())
        await writer.drain()
        writer.close()

    async def main():
        async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"STARTTLS\n")
            assert await reader.readline() == b"GO\n"
            await writer.start_tls(contexts[1], server_hostname="localhost")
            writer.write(b"word\n")
            assert await reader.readline() == b"secret:word\n"
            writer.close()
            await writer.wait_closed()

    run(main)


KINDS = [Kept, KeptBuffered, KeptInPlenty]
SIZES = [1, 2, 16_383, 16_384, 16_385, 1 << 20]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", [Kept, KeptInPlenty])
def test_messages_arrive_whole_in_both_directions(run, either, size, kind):
    sent = os.urandom(size)

    async def main():
        async with Served(either, kind) as (peer, protocol):
            answer = asyncio.ensure_future(peer.read(3 * size))
            for _ in range(3):
                await peer.send(peer.records(sent))
                protocol.transport.write(sent)
            await protocol.has(3 * size)
            assert protocol.data == sent * 3
            assert await answer == sent * 3

    run(main)


@pytest.mark.parametrize("kind", KINDS)
def test_records_that_arrive_byte_by_byte(run, either, kind):
    sent = os.urandom(300)

    async def main():
        async with Served(either, kind) as (peer, protocol):
            records = peer.records(sent) + peer.records(b"!") + peer.records(sent)
            await peer.send(*(records[at : at + 1] for at in range(len(records))))
            await protocol.has(601)
            assert protocol.data == sent + b"!" + sent

    run(main)


@pytest.mark.parametrize("kind", KINDS)
def test_records_cut_anywhere(run, contexts, kind):
    sent = os.urandom(40_000)

    async def main():
        async with Served(contexts, kind) as (peer, protocol):
            for cut in (1, 4, 5, 6, 20, 16_405, 16_406, 16_407, 16_411, 30_000):
                records = peer.records(sent)
                await peer.send(records[:cut], records[cut:])
            await protocol.has(400_000)
            assert protocol.data == sent * 10

    run(main)


def test_small_messages_that_arrive_together(run, either):
    sent = [os.urandom(number) for number in range(1, 200)]

    async def main():
        async with Served(either) as (peer, protocol):
            await peer.send(b"".join(map(peer.records, sent)))
            await protocol.has(len(b"".join(sent)))
            assert protocol.data == b"".join(sent)

    run(main)


def test_what_can_be_written(run, contexts):
    async def main():
        async with Served(contexts) as (peer, protocol):
            transport = protocol.transport
            transport.write(b"bytes ")
            transport.write(bytearray(b"bytearray "))
            transport.write(memoryview(b"..memoryview ")[2:])
            transport.write(b"")
            transport.writelines([b"some", bytearray(b" "), memoryview(b"lines"), b""])
            transport.writelines(iter([b"; ", b"more"]))
            expected = b"bytes bytearray memoryview some lines; more"
            assert await peer.read(len(expected)) == expected
            with pytest.raises(TypeError, match="data: expecting a bytes-like instance, got str"):
                transport.write("text")
            with pytest.raises(NotImplementedError):
                transport.write_eof()
            assert not transport.can_write_eof()
            assert transport.get_write_buffer_size() == 0

    run(main)


def test_a_bytearray_may_be_changed_once_written(run, contexts):
    sent = bytearray(b"a" * 100_000)

    async def main():
        async with Served(contexts) as (peer, protocol):
            protocol.transport.write(sent)
            sent[:] = b"b" * 10
            assert await peer.read(100_000) == b"a" * 100_000

    run(main)


def test_a_peer_that_never_reads_is_felt(run, contexts):
    async def main():
        async with Served(contexts) as (peer, protocol):
            transport = protocol.transport
            transport.set_write_buffer_limits(high=100_000, low=10_000)
            written = 0
            while "pause_writing" not in protocol.calls:
                transport.write(bytes(50_000))
                written += 50_000
            assert 100_000 <= transport.get_write_buffer_size() < 100_000 + 60_000
            assert written < 50_000_000
            await peer.read(written)
            await protocol.until(lambda: "resume_writing" in protocol.calls)
            assert protocol.calls == ["pause_writing", "resume_writing"]
            transport.write(b"end")
            assert await peer.read(3) == b"end"

    run(main)


def test_a_protocol_that_never_reads_is_felt(run, contexts):
    sent = os.urandom(1 << 16)

    async def main():
        async with Served(contexts) as (peer, protocol):
            transport = protocol.transport
            transport.pause_reading()
            assert not transport.is_reading()
            written = 0
            while peer.writer.transport.get_write_buffer_size() < 1 << 20:
                peer.writer.write(peer.records(sent))
                written += len(sent)
                await asyncio.sleep(0)
            assert not protocol.data
            assert transport.get_read_buffer_size() < 1 << 20
            transport.resume_reading()
            await protocol.has(written)
            assert protocol.data == sent * (written // len(sent))

    run(main)


@pytest.mark.parametrize("high", [1, 100, 20_000])
def test_a_low_limit_for_reading_never_stops_a_record(run, contexts, high):
    sent = os.urandom(50_000)

    async def main():
        async with Served(contexts) as (peer, protocol):
            protocol.transport.set_read_buffer_limits(high=high)
            records = peer.records(sent)
            await peer.send(*(records[at : at + 1000] for at in range(0, len(records), 1000)))
            await protocol.has(len(sent))
            assert protocol.data == sent

    run(main)


def test_pausing_in_the_middle_of_what_arrived(run, contexts):
    class Pausing(Kept):
        def data_received(self, data):
            super().data_received(data)
            self.transport.pause_reading()

    async def main():
        async with Served(contexts, Pausing) as (peer, protocol):
            await peer.send(peer.records(b"one"))
            await protocol.has(3)
            await peer.send(peer.records(b"two"), peer.records(b"three"))
            assert protocol.data == b"one"
            protocol.transport.resume_reading()
            await protocol.has(6)
            protocol.transport.resume_reading()
            await protocol.has(11)
            assert protocol.data == b"onetwothree"

    run(main)


def test_tls_within_tls(run, contexts):
    sent = os.urandom(200_000)

    async def serve(reader, writer):
        assert await reader.readline() == b"STARTTLS\n"
        writer.write(b"GO\n")
        await writer.start_tls(contexts[0])
        writer.write(await reader.readexactly(len(sent)))
        await writer.drain()
        writer.close()

    async def main():
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=contexts[0]) as server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", port, ssl=contexts[1], server_hostname="localhost"
            )
            writer.write(b"STARTTLS\n")
            assert await reader.readline() == b"GO\n"
            await writer.start_tls(contexts[1], server_hostname="localhost")
            writer.write(sent)
            assert await reader.readexactly(len(sent)) == sent
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    run(main)


def test_the_names_that_others_reach_for(run, contexts):
    async def main():
        async with Served(contexts) as (_, protocol):
            transport = protocol.transport
            assert isinstance(transport, sslproto._SSLProtocolTransport)
            assert isinstance(transport._ssl_protocol, sslproto.SSLProtocol)
            assert transport._ssl_protocol._app_transport is transport
            assert transport.get_protocol() is protocol
            ssl_object = transport.get_extra_info("ssl_object")
            assert isinstance(ssl_object, ssl.SSLObject)
            assert transport._ssl_protocol._sslobj is ssl_object
            assert transport.get_extra_info("sslcontext") is contexts[0]
            assert transport.get_extra_info("cipher") == ssl_object.cipher()
            assert transport.get_extra_info("socket").fileno() >= 0
            assert transport.get_extra_info("no such thing", 7) == 7
            assert transport._ssl_protocol.max_size == 256 * 1024

    run(main)


def test_a_protocol_class_that_somebody_put_in_the_place_of_asyncios(run, contexts, monkeypatch):
    class Traced(sslproto.SSLProtocol):
        pass

    monkeypatch.setattr(sslproto, "SSLProtocol", Traced)

    async def main():
        async with Served(contexts) as (peer, protocol):
            assert type(protocol.transport._ssl_protocol) is Traced
            await peer.send(peer.records(b"word"))
            await protocol.has(4)

    run(main)


def test_new_keys_in_the_middle_of_a_connection(run, contexts):
    """OpenSSL's own client asks for them (TLS 1.3)."""
    contexts[0].minimum_version = ssl.TLSVersion.TLSv1_3

    async def serve(reader, writer):
        while line := await reader.readline():
            writer.write(line.upper())
        writer.close()

    async def main():
        async with await asyncio.start_server(serve, "127.0.0.1", 0, ssl=contexts[0]) as server:
            port = server.sockets[0].getsockname()[1]
            client = await asyncio.create_subprocess_exec(
                *("openssl", "s_client", "-connect", f"127.0.0.1:{port}"),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            for word in (b"one", b"two", b"three"):
                client.stdin.write(word + b"\n")
                while await client.stdout.readline() != word.upper() + b"\n":
                    pass
                client.stdin.write(b"K\n")  # its word for: have both ends take new keys
                while await client.stderr.readline() != b"KEYUPDATE\n":
                    pass
            client.terminate()
            await client.communicate()

    run(main)
