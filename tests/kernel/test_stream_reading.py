"""StreamTransport, incoming: nothing is lost, whatever the pace, and every end is told."""

import asyncio
import contextvars
import gc
import hashlib
import os
import socket
import struct

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop
from tests.kernel.streams import Pair, Recorder, raw_pair, until

SIZE = 50_000_000
kinds = pytest.mark.parametrize("kind", ["unix", "tcp"])


class Buffered(asyncio.BufferedProtocol):
    """Receives into one buffer of its own."""

    def __init__(self, size):
        self.buffer = bytearray(size)
        self.data = bytearray()
        self.calls = []

    def connection_made(self, transport):
        self.transport = transport
        self.lost = asyncio.get_running_loop().create_future()

    def get_buffer(self, sizehint):
        return self.buffer

    def buffer_updated(self, size):
        self.data += self.buffer[:size]

    def eof_received(self):
        self.calls.append("eof")

    def connection_lost(self, exc):
        self.calls.append("lost")
        self.lost.set_result(exc)


def test_a_peer_that_sends_a_byte_at_a_time(run):
    async def main():
        async with Pair() as pair:
            for n in range(1000):
                pair.peer.send(bytes([n % 256]))
                await asyncio.sleep(0)
            pair.peer.shutdown(socket.SHUT_WR)
            assert await pair.protocol.lost is None
            assert pair.protocol.data == bytes(n % 256 for n in range(1000))
            assert pair.protocol.calls == ["made", "eof", "lost"]

    run(main)


@kinds
@pytest.mark.parametrize("protocol", [Recorder, lambda: Buffered(70_000), lambda: Buffered(7)])
def test_what_arrives_is_what_was_sent(run, kind, protocol):
    made = protocol()
    size = 100_000 if isinstance(made, Buffered) and len(made.buffer) == 7 else SIZE
    sent = os.urandom(1 << 20)
    sent = (sent * (size // len(sent) + 1))[:size]

    async def main():
        async with Pair(made, kind) as pair:
            await pair.send(sent)
            pair.peer.shutdown(socket.SHUT_WR)
            assert await made.lost is None

    run(main)
    assert len(made.data) == size
    assert hashlib.sha256(made.data).digest() == hashlib.sha256(sent).digest()


def test_a_short_read_at_the_end_of_the_stream_still_finds_the_end(run):
    """Data and FIN in one edge: no second edge will come for the FIN."""

    async def main():
        async with Pair(kind="tcp") as pair:
            pair.peer.send(b"all")
            pair.peer.close()
            assert await pair.protocol.lost is None
            assert pair.protocol.data == b"all"

    run(main)


@kinds
def test_nothing_arrives_while_paused_and_nothing_is_lost(run, kind):
    async def main():
        async with Pair(kind=kind) as pair:
            pair.transport.pause_reading()
            assert not pair.transport.is_reading()
            await pair.send(b"x" * 1000)
            for _ in range(20):
                await asyncio.sleep(0)
            assert pair.protocol.data == b""
            pair.transport.resume_reading()
            assert pair.transport.is_reading()
            await until(lambda: len(pair.protocol.data) == 1000)
            pair.transport.pause_reading()
            pair.transport.pause_reading()
            pair.transport.resume_reading()
            pair.transport.resume_reading()
            await pair.send(b"y")
            await until(lambda: pair.protocol.data.endswith(b"y"))

    run(main)


@kinds
def test_a_fin_while_paused_is_seen_after_resuming(run, kind):
    async def main():
        async with Pair(kind=kind) as pair:
            pair.transport.pause_reading()
            await pair.send(b"last words")
            pair.peer.shutdown(socket.SHUT_WR)
            for _ in range(20):
                await asyncio.sleep(0)
            assert pair.protocol.calls == ["made"]
            pair.transport.resume_reading()
            assert await pair.protocol.lost is None
            assert pair.protocol.data == b"last words"

    run(main)


def test_pausing_inside_data_received_holds_the_rest_back(run):
    class OneAtATime(Recorder):
        def data_received(self, data):
            super().data_received(data)
            self.transport.pause_reading()

    async def main():
        async with Pair(OneAtATime()) as pair:
            sending = asyncio.create_task(pair.send(b"x" * 3_000_000))
            seen = 0
            while seen < 3_000_000:
                await until(lambda: len(pair.protocol.data) > seen)  # noqa: B023
                seen = len(pair.protocol.data)
                await asyncio.sleep(0)
                assert len(pair.protocol.data) == seen
                pair.transport.resume_reading()
            await sending

    run(main)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.one_of(
            st.tuples(st.just("send"), st.integers(1, 600_000)),
            st.sampled_from([("pause", 0), ("resume", 0), ("pass", 0)]),
        ),
        max_size=25,
    )
)
def test_any_pace_of_pausing_and_resuming_loses_nothing(script):
    async def main():
        async with Pair() as pair:
            sent, sending = 0, []
            for move, size in script:
                if move == "send":
                    sent += size
                    while sending and not sending[-1].done():
                        pair.transport.resume_reading()
                        await asyncio.sleep(0)
                    sending.append(asyncio.create_task(pair.send(bytes(size))))
                elif move == "pause":
                    pair.transport.pause_reading()
                elif move == "resume":
                    pair.transport.resume_reading()
                await asyncio.sleep(0)
            pair.transport.resume_reading()
            await asyncio.gather(*sending)
            pair.peer.shutdown(socket.SHUT_WR)
            assert await pair.protocol.lost is None
            assert len(pair.protocol.data) == sent

    trueloop.run(main())


def test_eof_received_may_keep_the_sending_direction_open(run):
    class HalfOpen(Recorder):
        def eof_received(self):
            super().eof_received()
            return True

    async def main():
        async with Pair(HalfOpen(), "tcp") as pair:
            pair.peer.shutdown(socket.SHUT_WR)
            await until(lambda: "eof" in pair.protocol.calls)
            pair.transport.write(b"still here")
            assert await pair.receive(10) == b"still here"
            assert not pair.transport.is_closing()
            pair.transport.close()
            assert await pair.protocol.lost is None
            assert pair.protocol.calls == ["made", "eof", "lost"]

    run(main)


def test_a_reset_is_told_to_connection_lost(run):
    async def main():
        async with Pair(kind="tcp") as pair:
            pair.peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            pair.peer.close()
            assert isinstance(await pair.protocol.lost, ConnectionResetError)
            assert pair.protocol.calls == ["made", "lost"]

    run(main)


def test_data_received_may_close(run):
    class Closing(Recorder):
        def data_received(self, data):
            super().data_received(data)
            self.transport.close()

    async def main():
        async with Pair(Closing()) as pair:
            await pair.send(b"x" * 100)
            assert await pair.protocol.lost is None
            assert pair.protocol.data == b"x" * 100
            assert await pair.receive_all() == b""

    run(main)


def test_data_received_may_answer(run):
    class Echo(Recorder):
        def data_received(self, data):
            self.transport.write(data)

    async def main():
        async with Pair(Echo()) as pair:
            for size in (1, 500, 1000, 1000, 100_000):
                await pair.send(b"e" * size)
                assert await pair.receive(size) == b"e" * size

    run(main)


def test_connection_made_may_close_or_abort(run):
    class Refusing(Recorder):
        def __init__(self, how):
            super().__init__()
            self.how = how

        def connection_made(self, transport):
            super().connection_made(transport)
            transport.write(b"no")
            getattr(transport, self.how)()

    async def main():
        for how in ("close", "abort"):
            async with Pair(Refusing(how)) as pair:
                assert await pair.protocol.lost is None
                assert await pair.receive_all() == b"no"
                assert pair.protocol.calls == ["made", "lost"]

    run(main)


def test_data_received_that_fails_ends_the_connection_and_is_reported(either_loop, reports):
    class Failing(Recorder):
        def data_received(self, data):
            raise ValueError("cannot parse")

    async def main():
        async with Pair(Failing()) as pair:
            await pair.send(b"x")
            assert isinstance(await pair.protocol.lost, ValueError)

    either_loop.run_until_complete(main())
    [(message, exc)] = reports
    assert message == "Fatal error: protocol.data_received() call failed."
    assert isinstance(exc, ValueError)


@pytest.mark.parametrize("failing", ["get_buffer", "buffer_updated", "empty"])
def test_buffered_protocols_that_fail_are_reported(either_loop, reports, failing):
    class Failing(Buffered):
        def get_buffer(self, sizehint):
            if failing == "get_buffer":
                raise ValueError("no buffer")
            return bytearray(0 if failing == "empty" else 10)

        def buffer_updated(self, size):
            raise ValueError("no use")

    async def main():
        async with Pair(Failing(1)) as pair:
            await pair.send(b"x")
            assert await pair.protocol.lost is not None

    either_loop.run_until_complete(main())
    [(message, _)] = reports
    name = "get_buffer" if failing == "empty" else failing
    assert message == f"Fatal error: protocol.{name}() call failed."


def test_eof_received_that_fails_is_reported(either_loop, reports):
    class Failing(Recorder):
        def eof_received(self):
            raise ValueError

    async def main():
        async with Pair(Failing()) as pair:
            pair.peer.shutdown(socket.SHUT_WR)
            assert isinstance(await pair.protocol.lost, ValueError)

    either_loop.run_until_complete(main())
    [(message, _)] = reports
    assert message == "Fatal error: protocol.eof_received() call failed."


def test_an_interrupt_out_of_data_received_ends_the_run_but_loses_no_data(either_loop):
    class Interrupted(Recorder):
        def data_received(self, data):
            first = not self.data
            super().data_received(data)
            if first:
                raise KeyboardInterrupt

    async def start():
        return await Pair(Interrupted()).__aenter__()

    async def finish():
        await pair.send(b"y" * 300_000)
        await until(lambda: len(pair.protocol.data) == 300_100)
        await pair.__aexit__()

    pair = either_loop.run_until_complete(start())
    pair.peer.send(b"x" * 100)
    with pytest.raises(KeyboardInterrupt):
        either_loop.run_forever()
    either_loop.run_until_complete(finish())


def test_an_interrupt_does_not_strand_what_was_not_read_yet(either_loop):
    class Interrupted(Recorder):
        def data_received(self, data):
            first = not self.data
            super().data_received(data)
            if first:
                raise KeyboardInterrupt

    async def start():
        pair = await Pair(Interrupted()).__aenter__()
        pair.transport.pause_reading()
        pair.peer.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 21)
        sent = pair.peer.send(b"x" * (1 << 20))
        assert sent > pair.transport.max_size
        return pair, sent

    async def finish():
        await until(lambda: len(pair.protocol.data) == sent)
        await pair.__aexit__()

    pair, sent = either_loop.run_until_complete(start())
    either_loop.call_soon(pair.transport.resume_reading)
    with pytest.raises(KeyboardInterrupt):
        either_loop.run_forever()
    either_loop.run_until_complete(finish())


def test_received_bytes_are_the_protocols_own(run):
    """A bytes object that the transport might fill again must be free by then."""

    class Keeping(Recorder):
        def __init__(self):
            super().__init__()
            self.kept = []

        def data_received(self, data):
            self.kept.append(data)
            hash(data)

    async def main():
        async with Pair(Keeping()) as pair:
            for n in range(50):
                pair.peer.send(bytes([n]) * 1000)
                await until(lambda: len(pair.protocol.kept) == n + 1)  # noqa: B023
            assert pair.protocol.kept == [bytes([n]) * 1000 for n in range(50)]

    run(main)


def test_the_hash_of_received_bytes_is_that_of_their_contents(run):
    class Hashing(Recorder):
        def __init__(self):
            super().__init__()
            self.hashes = []

        def data_received(self, data):
            self.hashes.append(hash(data))

    async def main():
        async with Pair(Hashing()) as pair:
            for n in range(20):
                pair.peer.send(bytes([n]) * 1000)
                await until(lambda: len(pair.protocol.hashes) == n + 1)  # noqa: B023
            assert pair.protocol.hashes == [hash(bytes([n]) * 1000) for n in range(20)]

    run(main)


def test_the_last_reference_may_go_inside_data_received(run):
    class Dropping(Recorder):
        def data_received(self, data):
            super().data_received(data)
            self.transport.set_protocol(replacement)
            self.transport = None
            holder.clear()
            gc.collect()

    replacement = Recorder()
    holder = []

    async def main():
        mine, peer = raw_pair()
        with peer:
            loop = asyncio.get_running_loop()
            transport, protocol = await loop.create_connection(Dropping, sock=mine)
            holder.append(protocol)
            del transport, protocol
            replacement.lost = loop.create_future()
            peer.send(b"x")
            await until(lambda: not holder)
            peer.send(b"for the new one")
            await until(lambda: replacement.data == b"for the new one")
            peer.shutdown(socket.SHUT_WR)
            assert await replacement.lost is None

    run(main)


def test_each_connection_has_its_own_context(run):
    variable = contextvars.ContextVar("variable", default=None)

    class Counting(Recorder):
        def connection_made(self, transport):
            super().connection_made(transport)
            assert variable.get() == "of the test"
            variable.set(0)

        def data_received(self, data):
            super().data_received(data)
            variable.set(variable.get() + 1)
            self.transport.write(bytes([variable.get()]))

        def eof_received(self):
            self.calls.append(variable.get())

        def connection_lost(self, exc):
            super().connection_lost(variable.get())

    async def main():
        variable.set("of the test")
        async with Pair(Counting()) as one, Pair(Counting()) as two:
            for n in (1, 2, 3):
                await one.send(b"x")
                assert await one.receive(1) == bytes([n])
            await two.send(b"x")
            assert await two.receive(1) == b"\1"
            one.peer.shutdown(socket.SHUT_WR)
            assert await one.protocol.lost == 3
            assert 3 in one.protocol.calls
            assert variable.get() == "of the test"

    trueloop.run(main())


def test_set_protocol_on_a_live_transport(run):
    async def main():
        async with Pair() as pair:
            await pair.send(b"first")
            await until(lambda: pair.protocol.data == b"first")
            buffered = Buffered(3)
            buffered.lost = pair.loop.create_future()
            pair.transport.set_protocol(buffered)
            assert pair.transport.get_protocol() is buffered
            await pair.send(b"second")
            await until(lambda: buffered.data == b"second")
            pair.transport.set_protocol(pair.protocol)
            await pair.send(b"third")
            await until(lambda: pair.protocol.data == b"firstthird")

    run(main)


def test_a_reader_that_was_left_on_the_socket_gets_nothing(run):
    async def main():
        loop = asyncio.get_running_loop()
        seen = []
        ours, peer = raw_pair()
        with ours, peer:
            loop.add_reader(ours, seen.append, "read")
            _, protocol = await loop.connect_accepted_socket(Recorder, ours)
            peer.send(b"data")
            peer.shutdown(socket.SHUT_WR)
            assert await protocol.lost is None
            assert protocol.data == b"data"
        assert not seen

    run(main)


def test_a_writer_that_was_left_on_the_socket_keeps_nothing_back():
    async def main():
        loop = asyncio.get_running_loop()
        ours, peer = raw_pair()
        with ours, peer:
            loop.add_writer(ours, int)
            _, protocol = await loop.connect_accepted_socket(Recorder, ours)
            peer.send(b"data")
            peer.shutdown(socket.SHUT_WR)
            assert await protocol.lost is None
            assert protocol.data == b"data"

    trueloop.run(main())
