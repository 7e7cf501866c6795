"""StreamTransport, outgoing: order, back-pressure, and every way a connection ends."""

import asyncio
import contextlib
import gc
import hashlib
import logging
import os
import socket
import struct
import threading
import tracemalloc
import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.kernel.streams import Pair, Recorder, until

SIZE = 50_000_000
kinds = pytest.mark.parametrize("kind", ["unix", "tcp"])


@kinds
def test_a_large_transfer_arrives_whole(run, kind):
    block = os.urandom(1 << 20)
    sent = (block * 48)[:SIZE]

    async def main():
        async with Pair(kind=kind) as pair:
            position = 0
            size = 1
            while position < SIZE:
                piece = sent[position : position + size]
                pair.transport.write(piece if size % 3 else bytearray(piece))
                position += len(piece)
                size = size * 7 % 1_000_003
            pair.transport.close()
            return await pair.receive_all()

    received = run(main)
    assert len(received) == len(sent)
    assert hashlib.sha256(received).digest() == hashlib.sha256(sent).digest()


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(
                st.sampled_from(["bytes", "bytearray", "memoryview", "words", "lines"]),
                st.integers(0, 300_000),
            ),
            st.tuples(st.just("pass"), st.integers(1, 3)),
            st.tuples(st.just("read"), st.integers(1, 400_000)),
        ),
        max_size=30,
    )
)
def test_pieces_of_any_kind_and_size_arrive_in_order(script):
    async def main():
        sent, received = bytearray(), bytearray()
        async with Pair() as pair:
            for n, (move, size) in enumerate(script):
                data = bytes([n % 251]) * size
                if move == "pass":
                    for _ in range(size):
                        await asyncio.sleep(0)
                elif move == "read":
                    with contextlib.suppress(BlockingIOError):
                        received += pair.peer.recv(size)
                elif move == "lines":
                    lines = [data[: size // 3], bytearray(data[size // 3 :]), memoryview(b"")]
                    pair.transport.writelines(lines)
                    sent += data
                elif move == "words":
                    data = data[: size // 4 * 4]
                    pair.transport.write(memoryview(bytearray(data)).cast("I"))
                    sent += data
                else:
                    kind = {"bytes": bytes, "bytearray": bytearray, "memoryview": memoryview}[move]
                    taken = bytearray(data)
                    pair.transport.write(kind(taken))
                    if move != "bytes" and taken:
                        taken[0] ^= 255  # the transport must have made a copy
                    sent += data
                buffered = pair.transport.get_write_buffer_size()
                assert 0 <= buffered <= len(sent) - len(received)
            pair.transport.close()
            received += await pair.receive_all()
            assert await pair.protocol.lost is None
        assert received == sent

    trueloop.run(main())


@kinds
def test_a_peer_that_never_reads_pauses_the_writer_and_bounds_memory(run, kind):
    class Polite(Recorder):
        def __init__(self):
            super().__init__()
            self.may_write = asyncio.Event()
            self.may_write.set()

        def pause_writing(self):
            super().pause_writing()
            self.may_write.clear()

        def resume_writing(self):
            super().resume_writing()
            self.may_write.set()

    async def main():
        async with Pair(Polite(), kind) as pair:
            low, high = pair.transport.get_write_buffer_limits()
            assert (low, high) == (16 * 1024, 64 * 1024)
            piece = bytes(10_000)
            written = 0
            while pair.protocol.may_write.is_set():
                pair.transport.write(piece)
                written += len(piece)
            assert high < pair.transport.get_write_buffer_size() <= high + len(piece)
            assert pair.protocol.calls == ["made", "pause"]
            for _ in range(50):
                await asyncio.sleep(0)
            assert pair.protocol.calls == ["made", "pause"]
            assert await pair.receive(written) == bytes(written)
            await until(lambda: pair.protocol.calls == ["made", "pause", "resume"])
            assert pair.transport.get_write_buffer_size() == 0

    run(main)


def test_drain_keeps_a_fast_writer_at_the_pace_of_its_reader(run):
    async def main():
        left, right = socket.socketpair()
        reader, other = await asyncio.open_connection(sock=right)
        _, writer = await asyncio.open_connection(sock=left)

        async def produce():
            for n in range(500):
                writer.write(bytes([n % 256]) * 10_000)
                await writer.drain()
                assert writer.transport.get_write_buffer_size() < 100_000
            writer.close()
            await writer.wait_closed()

        producing = asyncio.create_task(produce())
        for n in range(500):
            assert await reader.readexactly(10_000) == bytes([n % 256]) * 10_000
        assert await reader.read() == b""
        await producing
        other.close()
        await other.wait_closed()

    run(main)


def test_write_buffer_limits(run):
    async def main():
        async with Pair() as pair:
            transport = pair.transport
            transport.set_write_buffer_limits(low=1000)
            assert transport.get_write_buffer_limits() == (1000, 4000)
            transport.set_write_buffer_limits(high=1000)
            assert transport.get_write_buffer_limits() == (250, 1000)
            transport.set_write_buffer_limits(high=0)
            assert transport.get_write_buffer_limits() == (0, 0)
            with pytest.raises(ValueError, match=r"high .* must be >= low"):
                transport.set_write_buffer_limits(high=1, low=2)
            transport.set_write_buffer_limits(high=10_000_000)
            transport.write(bytes(5_000_000))
            assert pair.protocol.calls == ["made"]
            transport.set_write_buffer_limits(high=100)
            assert pair.protocol.calls == ["made", "pause"]

    run(main)


def test_resume_writing_may_write_more(run):
    class Endless(Recorder):
        left = 20

        def resume_writing(self):
            super().resume_writing()
            if self.left:
                self.left -= 1
                self.transport.write(bytes(1_000_000))
            else:
                self.transport.close()

    async def main():
        async with Pair(Endless()) as pair:
            pair.transport.write(bytes(1_000_000))
            assert len(await pair.receive_all()) == 21_000_000
            assert await pair.protocol.lost is None

    run(main)


@pytest.mark.parametrize("end", ["abort", "close", "set_protocol", "cancel"])
def test_resume_writing_may_end_the_connection(run, end):
    class Ending(Recorder):
        def resume_writing(self):
            super().resume_writing()
            if end == "set_protocol":
                other.lost = self.lost
                self.transport.set_protocol(other)
                self.transport = None
            elif end != "cancel":
                getattr(self.transport, end)()

    other = Recorder()

    async def main():
        async with Pair(Ending()) as pair:
            pair.transport.write(bytes(3_000_000))
            await pair.receive(3_000_000)
            await until(lambda: "resume" in pair.protocol.calls)
            if end in ("set_protocol", "cancel"):
                pair.transport.close()
            await pair.protocol.lost

    run(main)


def test_pausing_and_resuming_that_fail_are_reported(either_loop, reports):
    class Failing(Recorder):
        def pause_writing(self):
            raise ValueError("pause")

        def resume_writing(self):
            raise ValueError("resume")

    async def main():
        async with Pair(Failing()) as pair:
            pair.transport.write(bytes(3_000_000))
            assert await pair.receive(3_000_000) == bytes(3_000_000)
            await until(lambda: len(reports) == 2)

    either_loop.run_until_complete(main())
    assert [message for message, _ in reports] == [
        "protocol.pause_writing() failed",
        "protocol.resume_writing() failed",
    ]


def test_half_close_sends_what_is_buffered_first(run):
    async def main():
        async with Pair(kind="tcp") as pair:
            assert pair.transport.can_write_eof()
            pair.transport.write(bytes(5_000_000))
            pair.transport.write_eof()
            pair.transport.write_eof()
            with pytest.raises(RuntimeError, match="after write_eof"):
                pair.transport.write(b"more")
            with pytest.raises(RuntimeError, match="after write_eof"):
                pair.transport.writelines([b"more"])
            assert len(await pair.receive_all()) == 5_000_000
            await pair.send(b"the other direction")
            await until(lambda: pair.protocol.data == b"the other direction")

    run(main)


def test_half_close_of_a_connection_that_the_peer_has_reset_ends_it(either_loop, reports):
    async def main():
        async with Pair(kind="tcp") as pair:
            pair.transport.write(bytes(8_000_000))
            pair.transport.write_eof()
            pair.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            pair.peer.close()
            assert isinstance(await pair.protocol.lost, OSError)

    either_loop.run_until_complete(main())
    assert reports == []


def test_close_sends_what_is_buffered_first(run):
    async def main():
        async with Pair() as pair:
            pair.transport.write(bytes(5_000_000))
            pair.transport.close()
            assert pair.transport.is_closing()
            pair.transport.write(b"even this")
            pair.transport.close()
            assert len(await pair.receive_all()) == 5_000_009
            assert await pair.protocol.lost is None
            assert pair.protocol.calls == ["made", "pause", "resume", "lost"]

    run(main)


def test_abort_drops_what_is_buffered(run):
    async def main():
        async with Pair() as pair:
            pair.transport.write(bytes(5_000_000))
            pair.transport.abort()
            assert pair.transport.get_write_buffer_size() == 0
            assert await pair.protocol.lost is None
            assert len(await pair.receive_all()) < 5_000_000

    run(main)


def test_writing_to_a_lost_connection_warns_after_a_while(run, caplog):
    async def main():
        async with Pair() as pair:
            pair.transport.abort()
            await pair.protocol.lost
            for _ in range(10):
                pair.transport.write(b"into the void")
            pair.transport.write(b"")

    with caplog.at_level(logging.WARNING, logger="asyncio"):
        run(main)
    assert {record.message for record in caplog.records} == {"socket.send() raised exception."}
    assert 1 <= len(caplog.records) <= 6


def test_writing_to_a_peer_that_has_gone_ends_the_connection(run):
    async def main():
        async with Pair() as pair:
            pair.transport.pause_reading()
            pair.peer.close()
            pair.transport.write(b"x")
            assert isinstance(await pair.protocol.lost, BrokenPipeError)

    run(main)


@pytest.mark.parametrize("data", ["text", 1, None, [b"x"]])
def test_only_bytes_like_objects_are_written(run, data):
    async def main():
        async with Pair() as pair:
            with pytest.raises(TypeError, match=r"bytes-like|bytes, bytearray"):
                pair.transport.write(data)

    run(main)


def test_connection_lost_that_fails_after_the_last_write_is_reported(either_loop, reports):
    """It is called from the poller's event there, and must not end the loop."""

    class Failing(Recorder):
        def connection_lost(self, exc):
            super().connection_lost(exc)
            raise ValueError("lost")

    async def main():
        async with Pair(Failing()) as pair:
            pair.transport.write(bytes(3_000_000))
            pair.transport.close()
            assert len(await pair.receive_all()) == 3_000_000
            await pair.protocol.lost
        async with Pair(Failing()) as pair:
            pair.transport.close()
            await pair.protocol.lost

    either_loop.run_until_complete(main())
    assert [str(exc) for _, exc in reports] == ["lost", "lost"]
    assert all(message.startswith("Exception in callback") for message, _ in reports)


def test_methods_can_be_replaced_on_the_instance(run):
    async def main():
        async with Pair() as pair:
            written = []
            pair.transport.write = written.append
            pair.transport.write(b"kept here")
            assert written == [b"kept here"]
            del pair.transport.write
            pair.transport.write(b"sent")
            assert await pair.receive(4) == b"sent"
            pair.transport.anything = 1
            assert pair.transport.anything == 1

    run(main)


def test_what_a_transport_tells_about_itself(run):
    async def main():
        async with Pair(kind="tcp") as pair:
            transport = pair.transport
            assert isinstance(transport, asyncio.Transport)
            assert transport.get_extra_info("peername") == pair.peer.getsockname()
            assert transport.get_extra_info("sockname") == pair.peer.getpeername()
            assert isinstance(transport.get_extra_info("socket"), asyncio.trsock.TransportSocket)
            assert transport.get_extra_info("nothing", "default") == "default"
            sock = transport.get_extra_info("socket")
            assert sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
            assert f"fd={sock.fileno()}" in repr(transport)
            transport.close()
            assert "closing" in repr(transport)
            await pair.protocol.lost
            assert "closed" in repr(transport)

    run(main)


def test_a_dropped_transport_warns_and_closes_its_socket(new_event_loop):
    left, right = socket.socketpair()
    loop = new_event_loop()

    with right:
        loop.run_until_complete(loop.create_connection(Recorder, sock=left))
        loop.close()
        del loop
        with pytest.warns(ResourceWarning, match="unclosed transport"):
            gc.collect()
        assert left.fileno() == -1


@kinds
@pytest.mark.parametrize("fallback", [False, True])
def test_sendfile_sends_the_file_between_what_is_written(run, kind, fallback, tmp_path):
    contents = os.urandom(3_000_000)
    path = tmp_path / "file"
    path.write_bytes(contents)

    async def main():
        async with Pair(kind=kind) as pair:
            receiving = asyncio.create_task(pair.receive_all())
            pair.transport.write(b"before")
            with path.open("rb") as file:
                if fallback:
                    pair.transport._sendfile_compatible = asyncio.constants._SendfileMode.FALLBACK
                await pair.loop.sendfile(pair.transport, file, fallback=fallback)
            pair.transport.write(b"after")
            pair.transport.close()
            return await receiving

    assert run(main) == b"before" + contents + b"after"


def test_a_cancelled_sendfile_leaves_a_loop_that_goes_on(either_loop, reports, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(bytes(3_000_000))

    async def main():
        async with Pair() as pair:
            pair.transport.write(bytes(3_000_000))
            with path.open("rb") as file:
                sending = asyncio.create_task(pair.loop.sendfile(pair.transport, file))
                await asyncio.sleep(0)
                sending.cancel()
                received = await pair.receive(3_000_000)
                assert received == bytes(3_000_000)
                with pytest.raises(asyncio.CancelledError):
                    await sending
            pair.transport.close()
            await pair.protocol.lost

    either_loop.run_until_complete(main())


def test_streams_over_a_unix_server(run, tmp_path):
    async def serve(reader, writer):
        while line := await reader.readline():
            writer.write(line[::-1])
            await writer.drain()
        writer.close()

    async def main():
        server = await asyncio.start_unix_server(serve, tmp_path / "socket")
        async with server:
            reader, writer = await asyncio.open_unix_connection(tmp_path / "socket")
            writer.write(b"hello\n")
            writer.write_eof()
            assert await reader.read() == b"\nolleh"
            writer.close()
            await writer.wait_closed()

    run(main)


def test_many_connections_at_once(run):
    async def serve(reader, writer):
        writer.write(await reader.readexactly(1000))
        writer.close()
        await writer.wait_closed()

    async def ask(port, n):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        message = bytes([n % 256]) * 1000
        writer.write(message)
        assert await reader.read() == message
        writer.close()
        await writer.wait_closed()

    async def main():
        async with await asyncio.start_server(serve, "127.0.0.1", 0, backlog=400) as server:
            port = server.sockets[0].getsockname()[1]
            await asyncio.gather(*(ask(port, n) for n in range(300)))

    run(main)


def test_loops_in_two_threads_do_not_mix_their_data(new_event_loop):
    """The buffer that is read into belongs to all loops."""
    failures = []

    def work(tag):
        async def main():
            async with Pair() as pair:
                for n in range(300):
                    message = bytes([tag]) * (1000 + n % 7)
                    await pair.send(message)
                    await until(lambda: len(pair.protocol.data) >= len(message))  # noqa: B023
                    assert pair.protocol.data == message
                    pair.protocol.data.clear()

        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(main())
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work, args=(tag,)) for tag in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


def test_large_data_is_buffered_once(loop):
    """What is kept of a bytes object is the object itself."""

    async def main():
        async with Pair() as pair:
            data = bytes(20_000_000)
            tracemalloc.start()
            pair.transport.write(data)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert pair.transport.get_write_buffer_size() > 10_000_000
            assert peak < 1_000_000

    loop.run_until_complete(main())


def test_no_warning_comes_from_an_orderly_end(run):
    async def main():
        async with Pair() as pair:
            pair.transport.close()
            await pair.protocol.lost

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run(main)
        gc.collect()
