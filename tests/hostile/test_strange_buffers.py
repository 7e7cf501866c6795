"""Buffers that are not what they should be: the connection ends with a clear error, or goes on."""

import array
import asyncio
import contextlib

import pytest

from tests.kernel.streams import Pair, until


def released():
    view = memoryview(bytearray(10))
    view.release()
    return view


class Asked(asyncio.BufferedProtocol):
    """Its buffers are what `make` gives."""

    def __init__(self, make):
        self.make = make
        self.sizes = []

    def connection_made(self, transport):
        self.transport = transport
        self.lost = asyncio.get_running_loop().create_future()

    def get_buffer(self, sizehint):
        return self.make(self)

    def buffer_updated(self, nbytes):
        self.sizes.append(nbytes)

    def connection_lost(self, exc):
        self.lost.set_result(exc)


async def fed(make, size=1000):
    """A protocol with such buffers, some passes after so many bytes have come."""
    async with Pair(Asked(make)) as pair:
        await pair.send(bytes(size))
        for _ in range(40):
            await asyncio.sleep(0)
        pair.peer.close()
        error = await asyncio.wait_for(pair.protocol.lost, 10)
        return pair.protocol.sizes, error


REFUSED = {
    "empty": (lambda _: bytearray(), RuntimeError),
    "read-only": (lambda _: b"x" * 100, (BufferError, TypeError)),
    "with gaps": (lambda _: memoryview(bytearray(100))[::2], (BufferError, TypeError)),
    "none": (lambda _: None, TypeError),
    "released": (lambda _: released(), ValueError),
}


@pytest.mark.parametrize("flaw", list(REFUSED))
def test_one_that_cannot_be_written_ends_the_connection(loop, reports, flaw):
    make, kind = REFUSED[flaw]
    sizes, error = loop.run_until_complete(fed(make))
    assert sizes == []
    assert isinstance(error, kind)
    assert str(error)
    assert [one for _, one in reports] == [error]


ODD = {
    "of numbers": (lambda _: memoryview(array.array("i", [0] * 10)), 40),
    "of two dimensions": (lambda _: memoryview(bytearray(100)).cast("B", (10, 10)), 100),
    "held by nobody": (lambda _: memoryview(bytearray(50)), 50),
}


@pytest.mark.parametrize("kind", list(ODD))
def test_an_odd_one_is_filled(run, kind):
    make, size = ODD[kind]
    sizes, error = run(lambda: fed(make, 10 * size))
    assert set(sizes) == {size}
    assert sum(sizes) == 10 * size
    assert error is None


def test_one_that_grows_and_shrinks_between_reads(run):
    buffer = bytearray(100)

    def resized(protocol):
        buffer.extend(bytes(50))
        if len(buffer) > 300:
            buffer.clear()
            buffer.extend(b"abc")
        return buffer

    sizes, error = run(lambda: fed(resized))
    assert sum(sizes) == 1000
    assert error is None


@pytest.mark.parametrize("action", ["close", "abort", "pause_reading"])
def test_leaving_while_one_is_asked_for(run, action):
    def leaving(protocol):
        with contextlib.suppress(RuntimeError):  # asyncio's, if it is paused already
            getattr(protocol.transport, action)()
        return bytearray(100)

    async def main():
        async with Pair(Asked(leaving)) as pair:
            await pair.send(bytes(1000))
            await until(lambda: pair.protocol.sizes or pair.protocol.lost.done())
            for _ in range(10):
                await asyncio.sleep(0)
            assert len(pair.protocol.sizes) <= 1
            pair.transport.abort()
            assert await pair.protocol.lost is None

    if action == "pause_reading":
        run(main)
    else:
        with contextlib.suppress(AttributeError):  # asyncio's abort() of what is closed
            run(main)


@pytest.mark.parametrize(
    ("thing", "size"),
    [
        (memoryview(array.array("d", [1.0] * 7)), 56),
        (memoryview(array.array("d", [1.0] * 300_000)), 2_400_000),
        (memoryview(bytearray(100)).cast("B", (10, 10)), 100),
        (memoryview(b""), 0),
        (bytearray(), 0),
    ],
)
def test_what_is_written_is_its_bytes(own_loop, thing, size):
    async def main():
        async with Pair() as pair:
            pair.transport.write(thing)
            pair.transport.close()
            assert len(await pair.receive_all()) == size

    own_loop.run_until_complete(main())


@pytest.mark.parametrize("thing", [None, "text", 5, [1], array.array("i", [1]), released()])
def test_what_has_no_bytes_is_refused(run, thing):
    async def main():
        async with Pair() as pair:
            with pytest.raises((TypeError, ValueError)):
                pair.transport.write(thing)
            pair.transport.write(b"goes on")
            assert await pair.receive(7) == b"goes on"

    run(main)


def test_gaps_are_refused_where_they_are_written(own_loop):
    async def main():
        async with Pair() as pair:
            with pytest.raises(BufferError, match="not C-contiguous"):
                pair.transport.write(memoryview(bytearray(100))[::2])
            pair.transport.write(b"goes on")
            assert await pair.receive(7) == b"goes on"

    own_loop.run_until_complete(main())


def test_writelines_that_write_and_end_the_connection_while_they_are_read(own_loop):
    async def main():
        async with Pair() as pair:

            def pieces():
                for number in range(5):
                    pair.transport.write(b"inner%d" % number)
                    yield b"outer"
                    if number == 3:
                        pair.transport.close()
                pair.transport.abort()
                yield b"after"

            pair.transport.writelines(pieces())
            assert (await pair.receive_all()).startswith(b"inner0")
            assert await pair.protocol.lost is None

    own_loop.run_until_complete(main())
