"""A peer that never reads: memory is bounded, the writer feels it, and can leave."""

import asyncio
import contextlib

import pytest

from tests.abuse.ends import leave

HIGH = 64 * 1024
CHUNK = 16 * 1024
OVERHEAD = 1024  # a TLS record's


@pytest.fixture
def deaf(server):
    """Run body(writer) against a server that reads nothing until the body is over."""

    async def use(body):
        over = asyncio.Event()

        async def handler(reader, writer):
            await over.wait()

        async with server(handler) as connect:
            _, writer = await connect()
            writer.transport.set_write_buffer_limits(high=HIGH)
            try:
                await body(writer)
            finally:
                over.set()
                await leave(writer)

    return use


async def fill(writer):
    """Write and drain until drain() waits; gives the task that waits."""
    while True:
        writer.write(bytes(CHUNK))
        draining = asyncio.create_task(writer.drain())
        for _ in range(100):
            await asyncio.sleep(0)
            if draining.done():
                break
        else:
            return draining


def test_drain_waits_and_memory_is_bounded(run, deaf):
    async def body(writer):
        draining = await fill(writer)
        assert 0 < writer.transport.get_write_buffer_size() <= HIGH + CHUNK + OVERHEAD
        assert not draining.done()
        draining.cancel()
        with pytest.raises(asyncio.CancelledError):
            await draining

    run(lambda: deaf(body))


def test_who_drains_is_let_go_by_abort(run, deaf):
    async def body(writer):
        draining = await fill(writer)
        writer.transport.abort()
        await draining
        with pytest.raises(ConnectionResetError, match="Connection lost"):
            await writer.drain()
        await writer.wait_closed()

    run(lambda: deaf(body))


def test_close_waits_and_abort_then_ends_it(run, deaf):
    async def body(writer):
        draining = await fill(writer)
        writer.close()
        closing = asyncio.create_task(writer.wait_closed())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not closing.done()
        writer.transport.abort()
        await closing
        with contextlib.suppress(ConnectionError):
            await draining

    run(lambda: deaf(body))


@pytest.mark.parametrize("end", ["close", "abort"])
def test_a_task_that_is_cancelled_while_it_drains_leaves_at_once(run, deaf, end):
    async def body(writer):
        async def work():
            try:
                while True:
                    writer.write(bytes(CHUNK))
                    await writer.drain()
            finally:
                getattr(writer.transport, end)()

        working = asyncio.create_task(work())
        for _ in range(300):
            await asyncio.sleep(0)
        working.cancel()
        with pytest.raises(asyncio.CancelledError):
            await working
        assert writer.is_closing()

    run(lambda: deaf(body))


def test_it_begins_to_read_after_all(run, server):
    async def main():
        go = asyncio.Event()
        read = asyncio.get_running_loop().create_future()

        async def handler(reader, writer):
            await go.wait()
            read.set_result(await reader.read())

        async with server(handler) as connect:
            _, writer = await connect()
            writer.transport.set_write_buffer_limits(high=HIGH)
            draining = await fill(writer)
            go.set()
            await draining
            writer.write(b"last")
            writer.close()
            with contextlib.suppress(OSError):  # TLS, whose server's handler does not say goodbye
                await writer.wait_closed()
            data = await read
            assert data.endswith(b"\0last")
            assert len(data) % CHUNK == 4

    run(main)
