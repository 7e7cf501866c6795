"""Several writes in one step leave as one, once a transport is known to be written to like that."""

import asyncio
import socket

import pytest

HEAD, BODY = b"head ", b"body"


class Listener(asyncio.Protocol):
    """Notes what it is told of writing."""

    def __init__(self, lost):
        self.lost = lost
        self.paused = []

    def connection_lost(self, error):
        self.lost.set_result(error)

    def pause_writing(self):
        self.paused.append(True)

    def resume_writing(self):
        self.paused.append(False)


class Connection:
    """A transport of the loop, and the other end of its socket, which never blocks."""

    def __init__(self, loop):
        self.loop = loop
        self.lost = loop.create_future()

    async def open(self):
        near, self.far = socket.socketpair()
        near.setblocking(False)
        self.far.setblocking(False)
        self.transport, self.protocol = await self.loop.create_connection(
            lambda: Listener(self.lost), sock=near
        )
        return self

    def arrived(self):
        """What has arrived by now; None if nothing has, b"" at the end."""
        try:
            return self.far.recv(1 << 20)
        except BlockingIOError:
            return None

    async def write_apart(self):
        """One step with two writes, which teaches the transport; nothing of it is left."""
        await asyncio.sleep(0)
        self.transport.write(HEAD)
        self.transport.write(BODY)
        await asyncio.sleep(0)
        assert self.arrived() == HEAD + BODY

    async def close(self):
        self.transport.close()
        await self.lost
        self.far.close()


@pytest.fixture
def connected(loop):
    """connected(test): run a coroutine function with a connection."""

    def connected(test):
        async def main():
            connection = await Connection(loop).open()
            try:
                await test(connection)
            finally:
                await connection.close()

        loop.run_until_complete(main())

    return connected


def test_a_lone_write_leaves_at_once(connected):
    async def main(connection):
        for _ in range(3):
            connection.transport.write(HEAD)
            assert connection.arrived() == HEAD
            await asyncio.sleep(0)

    connected(main)


def test_writes_of_one_step_leave_together_when_it_ends(connected):
    async def main(connection):
        await connection.write_apart()
        connection.transport.write(HEAD)
        assert connection.arrived() is None
        connection.transport.write(bytearray(BODY))
        assert connection.arrived() is None
        await asyncio.sleep(0)
        assert connection.arrived() == HEAD + BODY

    connected(main)


def test_a_step_with_one_write_ends_that(connected):
    async def main(connection):
        await connection.write_apart()
        connection.transport.write(HEAD)
        await asyncio.sleep(0)
        assert connection.arrived() == HEAD
        connection.transport.write(BODY)
        assert connection.arrived() == BODY

    connected(main)


@pytest.mark.parametrize(
    "look",
    [
        lambda transport: transport.get_write_buffer_size(),
        lambda transport: transport.get_extra_info("socket"),
        lambda transport: transport.set_write_buffer_limits(high=1),
        lambda transport: transport.set_protocol(transport.get_protocol()),
        lambda transport: transport.write(b""),
    ],
    ids=["buffer_size", "socket", "limits", "protocol", "empty_write"],
)
def test_who_looks_sees_everything_sent(connected, look):
    async def main(connection):
        await connection.write_apart()
        connection.transport.write(HEAD)
        answer = look(connection.transport)
        if answer != 0:
            await asyncio.sleep(0)
        assert connection.arrived() == HEAD

    connected(main)


@pytest.mark.parametrize("end", ["close", "abort", "write_eof"])
def test_nothing_held_back_is_lost_at_the_end(connected, end):
    async def main(connection):
        await connection.write_apart()
        connection.transport.write(HEAD)
        getattr(connection.transport, end)()
        assert connection.arrived() == HEAD
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert connection.arrived() == b""

    connected(main)


def test_nothing_held_back_is_lost_if_the_loop_stops_in_the_step(loop):
    connection = loop.run_until_complete(Connection(loop).open())
    loop.run_until_complete(connection.write_apart())

    def write_and_stop():
        connection.transport.write(HEAD)
        loop.stop()

    def write_and_interrupt():
        connection.transport.write(HEAD)
        connection.transport.write(BODY)
        raise KeyboardInterrupt

    loop.call_soon(write_and_stop)
    loop.run_forever()
    assert connection.arrived() == HEAD
    loop.run_until_complete(connection.write_apart())
    loop.call_soon(write_and_interrupt)
    with pytest.raises(KeyboardInterrupt):
        loop.run_forever()
    assert connection.arrived() == HEAD + BODY
    loop.run_until_complete(connection.close())


def test_transports_that_are_written_to_in_turn_send_in_order(loop):
    async def main():
        one, other = await Connection(loop).open(), await Connection(loop).open()
        await one.write_apart()
        await other.write_apart()
        for part in range(5):
            for connection in (one, other):
                connection.transport.write(b"%d" % part)
        await asyncio.sleep(0)
        assert (one.arrived(), other.arrived()) == (b"01234", b"01234")
        await one.close()
        await other.close()

    loop.run_until_complete(main())


def test_no_more_is_held_back_than_pays(connected):
    async def main(connection):
        await connection.write_apart()
        for _ in range(64):
            connection.transport.write(HEAD)
        assert connection.arrived() == 64 * HEAD
        await connection.write_apart()
        connection.transport.write(bytes(65 * 1024))
        assert connection.arrived() is not None

    connected(main)


def test_what_the_socket_does_not_take_pauses_the_protocol(loop):
    size = 1 << 20

    async def main():
        connection = await Connection(loop).open()
        paused = connection.protocol.paused
        await connection.write_apart()
        for _ in range(20):
            connection.transport.write(bytes(size // 20))
        await asyncio.sleep(0)
        assert paused == [True]
        received = 0
        while received < size // 20 * 20:
            received += len(connection.arrived() or b"")
            await asyncio.sleep(0)
        assert paused == [True, False]
        await connection.close()

    loop.run_until_complete(main())


def test_nothing_held_back_is_lost_if_the_protocol_fails_then(loop):
    async def main():
        connection = await Connection(loop).open()
        loop.set_exception_handler(lambda loop, context: None)

        def fail_after_writing(data):
            connection.transport.write(HEAD)
            connection.transport.write(BODY)
            raise ValueError

        await connection.write_apart()
        connection.protocol.data_received = fail_after_writing
        connection.far.send(b"?")
        await connection.lost
        assert connection.arrived() == HEAD + BODY
        connection.far.close()

    loop.run_until_complete(main())
