"""A peer that sends a byte at a time, one whose buffers are tiny, and one that ends its half."""

import asyncio
import contextlib
import os
import socket

import pytest

from tests.abuse.ends import Served

TEXT = b"a line\r\nanother one\n" + bytes(range(256)) + b"END" + b"123456789"


async def drip(peer, data):
    """Each byte by itself: the other end has a look at it before the next one leaves."""
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for i in range(len(data)):
        peer.send(data[i : i + 1])
        for _ in range(3):
            await asyncio.sleep(0)


@pytest.mark.parametrize("limit", [300, 65536])
def test_a_byte_at_a_time(run, streams, limit):
    async def main():
        async with Served(streams, limit=limit) as (reader, _, peer):
            dripping = asyncio.create_task(drip(peer, TEXT))
            assert await reader.readline() == b"a line\r\n"
            assert await reader.readuntil(b"one\n") == b"another one\n"
            assert await reader.readuntil(b"END") == bytes(range(256)) + b"END"
            assert await reader.readexactly(8) == b"12345678"
            assert await reader.read(100) == b"9"
            await dripping
            peer.shutdown(socket.SHUT_WR)
            assert await reader.readline() == b""
            with pytest.raises(asyncio.IncompleteReadError):
                await reader.readexactly(1)

    run(main)


def test_a_line_that_never_ends(run, streams):
    async def main():
        async with Served(streams, limit=1000) as (reader, _, peer):
            peer.sendall(bytes(3000))
            with pytest.raises(ValueError, match="limit"):
                await reader.readline()
            peer.sendall(b"x\n")
            line = b""
            while not line.endswith(b"\n"):
                with contextlib.suppress(ValueError):
                    line = await reader.readline()

    run(main)


@pytest.mark.parametrize("size", [2, 1000, 300_000])
def test_small_buffers_lose_nothing(run, streams, size):
    sent = os.urandom(size)

    async def main():
        async with Served(streams, send=1, receive=1) as (_, writer, peer):
            peer.setblocking(False)
            writer.writelines([sent[: size // 2], sent[size // 2 :]])
            writer.close()
            received = bytearray()
            while data := await asyncio.get_running_loop().sock_recv(peer, 1500):
                received += data
            assert received == sent
            await writer.wait_closed()

    run(main)


def test_both_halves_end_in_either_order(run, streams):
    async def main():
        async with Served(streams) as (reader, writer, peer):
            peer.sendall(b"question")
            peer.shutdown(socket.SHUT_WR)
            assert await reader.read() == b"question"
            assert reader.at_eof()
            writer.write(b"answer")
            await writer.drain()
            assert peer.recv(100) == b"answer"
            writer.write_eof()
            assert peer.recv(100) == b""
            with pytest.raises(RuntimeError, match=r"Cannot call write\(\) after write_eof\(\)"):
                writer.write(b"more")
        async with Served(streams) as (reader, writer, peer):
            writer.write(b"question")
            writer.write_eof()
            writer.write_eof()
            while peer.recv(100):
                pass
            peer.sendall(b"answer")
            assert await reader.readexactly(6) == b"answer"
            peer.shutdown(socket.SHUT_WR)
            assert await reader.read() == b""
            writer.close()
            await writer.wait_closed()

    run(main)
