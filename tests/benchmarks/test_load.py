"""The load generator: exchanges, compares, tells how long it took; and what is made of waits."""

import asyncio

import pytest

from benchmarks import floors
from benchmarks.latency.percentiles import percentile
from benchmarks.load import LoadFailed, load
from benchmarks.macro.echo_protocol import Echo, serving

ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nHello"


class Hello(asyncio.Protocol):
    """Answers each request byte by byte."""

    answer = ANSWER

    def connection_made(self, transport):
        self._transport = transport

    def data_received(self, data):
        assert data.startswith(b"GET / HTTP/1.1\r\n")
        for byte in self.answer:
            self._transport.write(bytes([byte]))


class Wrong(Echo):
    """Sends back something else."""

    def data_received(self, data):
        super().data_received(bytes(len(data)))


async def exchange(protocol, **options):
    server = await asyncio.get_running_loop().create_server(protocol, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        async with load(port, connections=3, warm_up=2, **options) as client:
            waits = await client.exchange(10)
            return waits, client.cpu_ns()


def test_echoes_are_exchanged_and_timed():
    async def main():
        async with (
            serving(1000) as port,
            load(port, connections=3, size_bytes=1000, warm_up=2) as client,
        ):
            return await client.exchange(10)

    waits = asyncio.run(main())

    assert 0 < waits.p50_ns <= waits.p99_ns


def test_http_answers_may_come_in_pieces():
    waits, cpu_ns = asyncio.run(exchange(Hello))

    assert waits.p50_ns > 0
    assert cpu_ns > 0


@pytest.mark.parametrize(
    ("protocol", "options"),
    [
        (Wrong, {"size_bytes": 10}),
        (type("Refusing", (Hello,), {"answer": ANSWER.replace(b"200", b"500")}), {}),
        (type("Talkative", (Hello,), {"answer": ANSWER + b"!"}), {}),
    ],
)
def test_a_wrong_answer_is_noticed(protocol, options, capfd):
    with pytest.raises(LoadFailed):
        asyncio.run(exchange(protocol, **options))

    assert "load generator: " in capfd.readouterr().err


@pytest.mark.parametrize(
    ("waits", "share", "found"),
    [([5], 0.5, 5), ([3, 1, 2], 0.5, 2), (range(1, 101), 0.99, 99), (range(1, 11), 0.99, 10)],
)
def test_a_percentile_is_one_of_the_waits(waits, share, found):
    assert percentile(list(waits), share) == found


@pytest.mark.parametrize("floor", ["floor-c", "floor-python"])
@pytest.mark.parametrize("kind", floors.KINDS)
def test_a_floor_echoes_every_byte(floor, kind):
    async def main():
        async with (
            floors.running(floor, kind) as server,
            load(server.target, connections=3, size_bytes=300_000, warm_up=2) as client,
        ):
            await client.exchange(6)
            return server.cpu_ns()

    assert asyncio.run(main()) > 0
