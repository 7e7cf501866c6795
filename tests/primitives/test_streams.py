"""Streams over real sockets: what is read, what is written, who waits, and how it ends."""

import asyncio
import contextlib
import gc
import inspect
import socket
import sys
import warnings

import pytest

import trueloop

TUPLES = pytest.mark.skipif(sys.version_info < (3, 13), reason="one separator only before 3.13")


async def passes(count=1):
    """Let the loop make so many passes."""
    for _ in range(count):
        await asyncio.sleep(0)


async def until(condition):
    """Let the loop make passes until something is so."""
    for _ in range(1_000_000):
        if condition():
            return
        await asyncio.sleep(0)
    pytest.fail("it never came to be")


@contextlib.asynccontextmanager
async def connected(primitives, kind="tcp", *, folder=None, **options):
    """Both ends of a connection: (reader, writer) of the client, and those of the server."""
    served = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def serve(reader, writer):
        served.set_result((reader, writer))
        await done.wait()
        writer.close()

    if kind == "unix":
        path = str(folder / "socket")
        server = await primitives.start_unix_server(serve, path, **options)
        ours = await primitives.open_unix_connection(path, **options)
    else:
        server = await primitives.start_server(serve, "127.0.0.1", 0, **options)
        ours = await primitives.open_connection(*server.sockets[0].getsockname(), **options)
    try:
        yield ours, await served
    finally:
        done.set()
        ours[1].close()
        with contextlib.suppress(OSError):
            await ours[1].wait_closed()
        server.close()


@pytest.mark.parametrize("kind", ["tcp", "unix"])
def test_each_way_to_read_gets_its_bytes(primitives, run, kind, tmp_path):
    async def main():
        async with connected(primitives, kind, folder=tmp_path) as ((reader, writer), (_, answer)):
            answer.write(b"a line\nthen;exactly7 and some more\nand one\nlast")
            assert await reader.readline() == b"a line\n"
            assert await reader.readuntil(b";") == b"then;"
            assert await reader.readexactly(8) == b"exactly7"
            assert await reader.read(9) == b" and some"
            assert await reader.readuntil() == b" more\n"
            answer.close()
            assert [line async for line in reader] == [b"and one\n", b"last"]
            assert reader.at_eof()
            assert await reader.read() == await reader.readline() == b""
            with pytest.raises(asyncio.IncompleteReadError):
                await reader.readexactly(1)
            writer.close()

    run(main)


def test_what_is_longer_than_a_buffer_arrives_whole(primitives, run):
    sent = bytes(range(256)) * 8192

    async def main():
        async with connected(primitives) as ((reader, writer), (reader_there, answer)):

            async def mirror():
                answer.write(await reader_there.readexactly(len(sent)))
                await answer.drain()
                answer.write_eof()

            task = asyncio.create_task(mirror())
            writer.write(sent)
            await writer.drain()
            assert await reader.read() == sent
            await task

    run(main)


def test_a_reader_that_nobody_reads_stops_its_peer(primitives, run):
    async def main():
        async with connected(primitives, limit=1000) as ((reader, writer), (_, answer)):
            answer.transport.set_write_buffer_limits(0)
            answer.write(bytes(10_000_000))
            draining = asyncio.create_task(answer.drain())
            await until(lambda: reader._paused)
            assert not draining.done()
            assert not writer.transport.is_reading()
            assert len(await reader.readexactly(10_000_000)) == 10_000_000
            await draining
            assert not reader._paused

    run(main)


def test_who_is_cancelled_when_his_data_has_come_leaves_it_to_the_next(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        reading = asyncio.create_task(reader.readexactly(3))
        await passes()
        reader.feed_data(b"abc")
        reading.cancel()
        await passes()
        assert reading.cancelled()
        assert await reader.readexactly(3) == b"abc"

    run(main)


def test_only_one_may_wait_at_a_time(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        first = asyncio.create_task(reader.readline())
        await passes()
        for wait, name in (
            (reader.read, "read"),
            (reader.readline, "readuntil"),
            (reader.readuntil, "readuntil"),
            (reader.__anext__, "readuntil"),
        ):
            with pytest.raises(RuntimeError) as refused:
                await wait()
            assert str(refused.value) == (
                f"{name}() called while another coroutine is already waiting for incoming data"
            )
        reader.feed_data(b"a\n")
        assert await first == b"a\n"

    run(main)


def test_a_wait_that_was_given_up_makes_room_for_another(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(reader.read(), 0.001)
        assert reader._waiter is None
        reader.feed_data(b"a")
        reader.feed_eof()
        assert await reader.read() == b"a"

    run(main)


@TUPLES
def test_the_separator_that_ends_first_counts(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        reader.feed_data(b"one--two-three")
        assert await reader.readuntil((b"--two", b"-")) == b"one-"
        assert await reader.readuntil((b"three", b"two-")) == b"-two-"
        reading = asyncio.create_task(reader.readuntil((b"four", b"!")))
        await passes()
        reader.feed_data(b"fo")
        await passes()
        reader.feed_data(b"ur!")
        assert await reading == b"threefour"
        with pytest.raises(ValueError, match="at least one element"):
            await reader.readuntil(())

    run(main)


def test_an_error_ends_the_wait_and_all_after_it(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        reading = asyncio.create_task(reader.read(1))
        await passes()
        reader.set_exception(ValueError("ours"))
        for attempt in (reading, reader.read(1), reader.readline(), reader.readexactly(1)):
            with pytest.raises(ValueError, match="ours"):
                await attempt
        assert isinstance(reader.exception(), ValueError)

    run(main)


def test_a_reset_is_felt_by_reader_and_writer(primitives, run):
    async def main():
        async with connected(primitives) as ((reader, writer), (_, answer)):
            answer.transport.abort()
            linger = b"\1\0\0\0\0\0\0\0"
            answer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            with pytest.raises(ConnectionResetError):
                await reader.read()
            with pytest.raises(ConnectionResetError):
                await writer.drain()

    run(main)


def test_who_drains_a_closed_connection_sees_it(primitives, run):
    async def main():
        async with connected(primitives) as ((_, writer), _):
            draining = writer.drain()
            writer.close()
            with pytest.raises(ConnectionResetError, match="Connection lost"):
                await draining
            with pytest.raises(ConnectionResetError, match="Connection lost"):
                await writer.drain()

    run(main)


def test_all_who_drain_wait_until_there_is_room(primitives, run):
    async def main():
        async with connected(primitives, limit=1000) as ((reader, writer), (_, answer)):
            answer.transport.set_write_buffer_limits(1000)
            answer.write(bytes(10_000_000))
            crowd = [asyncio.create_task(answer.drain()) for _ in range(3)]
            await passes(3)
            assert not any(one.done() for one in crowd)
            crowd[1].cancel()
            await reader.readexactly(10_000_000)
            await asyncio.wait(crowd)
            assert [one.cancelled() for one in crowd] == [False, True, False]
            assert not writer.transport.get_protocol()._drain_waiters

    run(main)


def test_a_handler_that_fails_closes_its_connection_and_is_reported(primitives, run):
    async def main():
        reports = []
        asyncio.get_running_loop().set_exception_handler(lambda _, report: reports.append(report))

        async def serve(reader, writer):
            raise LookupError("ours")

        server = await primitives.start_server(serve, "127.0.0.1", 0)
        reader, writer = await primitives.open_connection(*server.sockets[0].getsockname())
        assert await reader.read() == b""
        (report,) = reports
        assert report["message"] == "Unhandled exception in client_connected_cb"
        assert isinstance(report["exception"], LookupError)
        writer.close()
        server.close()

    run(main)


def test_a_writer_that_is_dropped_closes_and_warns(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        transport, protocol = await asyncio.get_running_loop().create_connection(
            lambda: primitives.StreamReaderProtocol(reader), sock=sockets[0]
        )
        writer = primitives.StreamWriter(transport, protocol, reader, asyncio.get_running_loop())
        with warnings.catch_warnings(record=True) as seen:
            warnings.simplefilter("always")
            del writer
            gc.collect()
        assert "unclosed <StreamWriter" in str(seen[-1].message)
        assert transport.is_closing()

    sockets = socket.socketpair()
    with sockets[1]:
        run(main)


def test_calls_that_are_not_awaited_are_warned_of(primitives, run):
    async def main():
        async with connected(primitives) as ((reader, writer), _):
            for call in (
                reader.read,
                reader.readline,
                reader.readuntil,
                lambda: reader.readexactly(1),
                writer.drain,
            ):
                with pytest.warns(RuntimeWarning, match=r"'Stream\w+\.\w+' was never awaited"):
                    call()

    run(main)


def test_nothing_happens_before_the_first_await(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        first, second = reader.readexactly(2), reader.readexactly(1)
        reader.feed_data(b"abc")
        assert await second == b"a"
        assert await first == b"bc"

    run(main)


def test_a_reader_is_held_weakly_by_its_protocol(primitives, run):
    near, far = socket.socketpair()

    async def main():
        reader = primitives.StreamReader()
        protocol = primitives.StreamReaderProtocol(reader)
        transport, _ = await asyncio.get_running_loop().create_connection(
            lambda: protocol, sock=near
        )
        assert protocol._stream_reader is reader
        del reader
        gc.collect()
        assert protocol._stream_reader is None
        far.send(b"nobody reads this")
        await passes(5)
        transport.close()

    with far:
        run(main)


def test_a_connection_between_both_kinds(primitives, run):
    other = asyncio if primitives is trueloop else trueloop

    async def main():
        async def serve(reader, writer):
            writer.write(await reader.readline())
            writer.close()

        server = await primitives.start_server(serve, "127.0.0.1", 0)
        reader, writer = await other.open_connection(*server.sockets[0].getsockname())
        writer.write(b"there and back\n")
        assert await reader.read() == b"there and back\n"
        writer.close()
        server.close()

    run(main)


def test_they_are_asyncios_own_to_all_who_ask():
    assert issubclass(trueloop.StreamReader, asyncio.StreamReader)
    assert issubclass(trueloop.StreamWriter, asyncio.StreamWriter)
    assert issubclass(trueloop.StreamReaderProtocol, asyncio.StreamReaderProtocol)
    assert inspect.iscoroutinefunction(trueloop.open_connection)
