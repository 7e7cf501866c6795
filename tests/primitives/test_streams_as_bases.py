"""Streams as bases of other classes, and as objects that programs take apart: as asyncio's."""

import asyncio
import socket

import pytest


async def passes(count=1):
    """Let the loop make so many passes."""
    for _ in range(count):
        await asyncio.sleep(0)


async def connection(primitives, reader, protocol_class=None):
    """(writer, the other end's socket) of a connection that a reader reads."""
    loop = asyncio.get_running_loop()
    near, far = socket.socketpair()
    far.setblocking(False)
    make = protocol_class or primitives.StreamReaderProtocol
    transport, protocol = await loop.create_connection(lambda: make(reader), sock=near)
    return primitives.StreamWriter(transport, protocol, reader, loop), far


def test_an_overridden_feed_data_sees_what_comes(primitives, run):
    class Counting(primitives.StreamReader):
        count = 0

        def feed_data(self, data):
            assert type(data) is bytes
            self.count += len(data)
            super().feed_data(data)

    async def main():
        reader = Counting()
        writer, far = await connection(primitives, reader)
        with far:
            far.send(b"12345")
            assert await reader.readexactly(5) == b"12345"
        assert reader.count == 5
        writer.close()

    run(main)


def test_feed_data_may_be_replaced_at_any_time(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        writer, far = await connection(primitives, reader)
        with far:
            far.send(b"1")
            assert await reader.read(10) == b"1"
            plain = reader.feed_data
            reader.feed_data = lambda data: plain(data.upper())
            far.send(b"abc")
            assert await reader.read(10) == b"ABC"
            del reader.feed_data
            reader.other = None
            far.send(b"abc")
            assert (await reader.read(10)).lower() == b"abc"
        writer.close()

    run(main)


def test_an_overridden_data_received_sees_what_comes(primitives, run):
    class Watching(primitives.StreamReaderProtocol):
        seen = b""

        def data_received(self, data):
            self.seen += data
            super().data_received(data)

    async def main():
        reader = primitives.StreamReader()
        writer, far = await connection(primitives, reader, Watching)
        with far:
            far.send(b"abc")
            assert await reader.readexactly(3) == b"abc"
        assert writer.transport.get_protocol().seen == b"abc"
        writer.close()

    run(main)


def test_readline_is_made_of_an_overridden_readuntil(primitives, run):
    class Terse(primitives.StreamReader):
        async def readuntil(self, separator=b"\n"):
            return (await super().readuntil(separator)).strip()

    async def main():
        reader = Terse()
        reader.feed_data(b" a \n b \n\n")
        assert await reader.readline() == b"a"
        assert [line async for line in reader] == [b"b"]

    run(main)


def test_an_overridden_read_may_ask_its_base(primitives, run):
    class Slow(primitives.StreamReader):
        calls = 0

        async def read(self, n=-1):
            self.calls += 1
            await passes()
            return await super().read(n)

    async def main():
        reader = Slow()
        reading = asyncio.create_task(reader.read(10))
        await passes(3)
        reader.feed_data(b"abc")
        assert await reading == b"abc"
        assert reader.calls == 1

    run(main)


def test_whoever_waits_otherwise_is_asked_by_all(primitives, run):
    waits = []

    class Watched(primitives.StreamReader):
        async def _wait_for_data(self, name):
            waits.append(name)
            await super()._wait_for_data(name)

    async def main():
        for method, arguments in (("read", (1,)), ("readexactly", (1,)), ("readline", ())):
            reader = Watched()
            reading = asyncio.create_task(getattr(reader, method)(*arguments))
            await passes()
            reader.feed_data(b"\n")
            assert await reading == b"\n"
        assert waits == ["read", "readexactly", "readuntil"]

    run(main)


def test_a_replaced_drain_helper_is_asked(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        writer, far = await connection(primitives, reader)
        calls = []

        async def helper():
            calls.append(None)

        with far:
            await writer.drain()
            writer.transport.get_protocol()._drain_helper = helper
            await writer.drain()
            assert len(calls) == 1
            writer.close()

    run(main)


def test_a_replaced_write_of_the_transport_is_asked(primitives, run):
    class Transport(asyncio.Transport):
        written = b""

        def write(self, data):
            self.written += data

        def is_closing(self):
            return True

    async def main():
        loop = asyncio.get_running_loop()
        protocol = primitives.StreamReaderProtocol(None)
        writer = primitives.StreamWriter(Transport(), protocol, None, loop)
        writer.write(b"a")
        writer.writelines([b"b", b"c"])
        await writer.drain()
        assert writer.is_closing()
        assert writer.transport.written == b"abc"

    run(main)


def test_the_buffer_is_the_one_that_is_read(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        reader.feed_data(b"abcdef")
        assert reader._buffer == b"abcdef"
        assert isinstance(reader._buffer, bytearray)
        held = reader._buffer
        del held[:2]
        reader.feed_data(b"gh")
        assert held == b"cdefgh"
        assert await reader.readexactly(3) == b"cde"
        assert held == b"fgh"
        assert await reader.readuntil(b"g") == b"fg"
        reader._buffer.extend(b"\nx")
        assert await reader.readline() == b"h\n"
        del held
        reader.feed_data(b"yz")
        assert await reader.read(10) == b"xyz"
        reader._buffer = bytearray(b"new")
        reader.feed_data(b"er")
        assert reader._buffer == b"newer"
        reader.feed_eof()
        assert not reader.at_eof()
        reader._buffer.clear()
        assert reader.at_eof()

    run(main)


def test_the_limit_may_be_changed(primitives, run):
    async def main():
        reader = primitives.StreamReader(limit=3)
        reader.feed_data(b"12345")
        with pytest.raises(asyncio.LimitOverrunError) as overrun:
            await reader.readuntil(b";")
        assert str(overrun.value) == "Separator is not found, and chunk exceed the limit"
        assert overrun.value.consumed == 5
        reader._limit = 10
        reader.feed_data(b";")
        assert await reader.readuntil(b";") == b"12345;"
        assert reader._limit == 10
        reader._limit = 2.5
        reader.feed_data(b"123;")
        with pytest.raises(asyncio.LimitOverrunError) as overrun:
            await reader.readuntil(b";")
        assert str(overrun.value) == "Separator is found, but chunk is longer than limit"

    run(main)


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_must_be_positive(primitives, run, limit):
    async def main():
        with pytest.raises(ValueError, match="Limit cannot be <= 0"):
            primitives.StreamReader(limit=limit)

    run(main)


def test_the_waiter_can_be_woken_by_hand(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        reading = asyncio.create_task(reader.read(5))
        await passes()
        assert isinstance(reader._waiter, asyncio.Future)
        reader._buffer.extend(b"abc")
        reader._wakeup_waiter()
        assert await reading == b"abc"
        assert reader._waiter is None

    run(main)


@pytest.mark.parametrize("data", [b"abc", bytearray(b"abc"), memoryview(b"abc")])
def test_data_of_any_kind_may_be_fed(primitives, run, data):
    async def main():
        reader = primitives.StreamReader()
        reader.feed_data(b"")
        reader.feed_data(data)
        assert await reader.readexactly(3) == b"abc"
        reader.feed_eof()
        with pytest.raises(AssertionError, match="feed_data after feed_eof"):
            reader.feed_data(b"late")

    run(main)


def test_odd_arguments_are_refused_as_by_asyncio(primitives, run):
    async def main():
        reader = primitives.StreamReader()
        reader.feed_data(b"abc")
        with pytest.raises(ValueError, match="readexactly size can not be less than zero"):
            await reader.readexactly(-1)
        with pytest.raises(ValueError, match="Separator should be at least one-byte string"):
            await reader.readuntil(b"")
        with pytest.raises(TypeError):
            await reader.read(None)
        with pytest.raises(TypeError):
            reader.readexactly()
        with pytest.raises(TypeError):
            reader.readexactly(1, size=2)
        assert await reader.readuntil(bytearray(b"b")) == b"ab"
        assert await reader.read(True) == b"c"
        assert await reader.read(n=0) == await reader.readexactly(n=0) == b""

    run(main)


def test_a_transport_that_cannot_pause_is_asked_once(primitives, run):
    class Unstoppable(asyncio.Transport):
        asked = 0

        def pause_reading(self):
            self.asked += 1
            raise NotImplementedError

    async def main():
        transport = Unstoppable()
        reader = primitives.StreamReader(limit=1)
        reader.set_transport(transport)
        reader.feed_data(b"abc")
        reader.feed_data(b"def")
        assert transport.asked == 1
        assert not reader._paused
        assert reader._transport is None
        assert await reader.readexactly(6) == b"abcdef"

    run(main)


def test_readers_tell_about_themselves(primitives, run):
    async def main():
        reader = primitives.StreamReader(limit=5)
        assert repr(reader) == "<StreamReader limit=5>"
        reader.feed_data(b"abc")
        reader.feed_eof()
        assert repr(reader) == "<StreamReader 3 bytes eof limit=5>"

    run(main)
