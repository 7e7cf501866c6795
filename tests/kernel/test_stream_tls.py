"""StreamTransport under CPython's TLS: from the start, and started on a live connection."""

import asyncio
import os

import pytest

from tests.certificate import Certificate


@pytest.fixture
def contexts(tmp_path):
    """(server's, client's) contexts with a certificate made for this test."""
    certificate = Certificate(tmp_path)
    return certificate.server_context(), certificate.client_context()


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
