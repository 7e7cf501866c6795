"""The socket calls of a loop, on plain sockets of the program's own; both loops must agree."""

import asyncio
import contextlib
import inspect
import os
import socket
import ssl
import sys
from unittest import mock

import pytest

from tests.kernel.streams import raw_pair, until
from trueloop.diagnostics.waits import wakers

MUCH = bytes(range(256)) * 16384


@pytest.fixture(params=["unix", "tcp"])
def pair(request):
    left, right = raw_pair(request.param)
    with left, right:
        yield left, right


@pytest.fixture
def datagrams():
    """Two UDP sockets, neither connected."""
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as left,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as right,
    ):
        for sock in (left, right):
            sock.bind(("127.0.0.1", 0))
            sock.setblocking(False)
        yield left, right


async def started(coroutine):
    """A task that waits in this coroutine."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    assert not task.done()
    return task


def fill(sock):
    """Write until the socket takes no more."""
    with contextlib.suppress(BlockingIOError):
        while True:
            sock.send(MUCH)


# ---- receiving


def test_what_is_there_is_received_without_a_pause(run, pair):
    async def main():
        pair[1].send(b"at once")
        receiving = asyncio.get_running_loop().sock_recv(pair[0], 100)
        with pytest.raises(StopIteration) as ended:
            receiving.send(None)
        assert ended.value.value == b"at once"

    run(main)


def test_what_comes_later_is_waited_for(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        for message in (b"first", b"second", b"third"):
            receiving = await started(loop.sock_recv(pair[0], 100))
            pair[1].send(message)
            assert await receiving == message
        receiving = await started(loop.sock_recv(pair[0], 100))
        pair[1].shutdown(socket.SHUT_WR)
        assert await receiving == b""

    run(main)


def test_no_more_than_was_asked_for_is_received(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        pair[1].send(b"abcdef")
        assert await loop.sock_recv(pair[0], 2) == b"ab"
        assert await loop.sock_recv(pair[0], 0) == b""
        assert await loop.sock_recv(pair[0], True) == b"c"
        assert await loop.sock_recv(pair[0], 1 << 20) == b"def"

    run(main)


def test_a_length_that_is_none_is_refused_in_the_sockets_own_words(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(ValueError, match=r"^negative buffersize in recv$"):
            await loop.sock_recv(pair[0], -1)
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            await loop.sock_recv(pair[0], "much")
        with pytest.raises(TypeError, match="cannot be interpreted as an integer"):
            await loop.sock_recv(pair[0], 1.5)

    run(main)


def test_receive_into_a_buffer(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        buffer = bytearray(4)
        receiving = await started(loop.sock_recv_into(pair[0], buffer))
        pair[1].send(b"abcdef")
        assert await receiving == 4
        assert await loop.sock_recv_into(pair[0], memoryview(buffer)[1:]) == 2
        assert buffer == b"aefd"
        buffer.clear()  # nobody holds it any more
        with pytest.raises(TypeError, match="read-write bytes-like object"):
            await loop.sock_recv_into(pair[0], b"constant")

    run(main)


@pytest.mark.parametrize("pair", ["tcp"], indirect=True)
def test_an_error_of_the_socket_is_raised(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        pair[0].close()
        for call in (
            loop.sock_recv(pair[0], 1),
            loop.sock_recv_into(pair[0], bytearray(1)),
            loop.sock_recvfrom(pair[0], 1),
            loop.sock_recvfrom_into(pair[0], bytearray(1)),
            loop.sock_sendall(pair[0], b"x"),
            loop.sock_sendto(pair[0], b"x", ("127.0.0.1", 9)),
            loop.sock_accept(pair[0]),
        ):
            with pytest.raises(OSError, match="Bad file descriptor") as failed:
                await call
            assert failed.value.errno == 9

    run(main)


def test_a_reset_is_raised_where_it_is_waited_for(run):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = raw_pair("tcp")
        with left, right:
            receiving = await started(loop.sock_recv(left, 100))
            right.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            right.close()
            with pytest.raises(ConnectionResetError):
                await receiving

    run(main)


# ---- sending


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_all_is_sent_however_long_it_takes(run, pair, kind):
    async def main():
        loop = asyncio.get_running_loop()
        sending = await started(loop.sock_sendall(pair[0], kind(MUCH)))
        received = bytearray()
        while len(received) < len(MUCH):
            received += await loop.sock_recv(pair[1], 1 << 16)
        assert await sending is None
        assert received == MUCH

    run(main)


def test_short_messages_are_sent_at_once(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        for message in (b"bytes", bytearray(b"bytearray"), memoryview(b"xviewx")[1:5]):
            with pytest.raises(StopIteration) as ended:
                loop.sock_sendall(pair[0], message).send(None)
            assert ended.value.value is None
            assert pair[1].recv(100) == message
        await loop.sock_sendall(pair[0], b"")
        with pytest.raises(TypeError, match="a bytes-like object is required, not 'str'"):
            await loop.sock_sendall(pair[0], "text")

    run(main)


def test_what_is_being_sent_cannot_be_resized(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        data = bytearray(MUCH)
        sending = await started(loop.sock_sendall(pair[0], data))
        with pytest.raises(BufferError):
            data.clear()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending

    run(main)


def test_a_peer_that_hangs_up_ends_the_sending(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        sending = await started(loop.sock_sendall(pair[0], MUCH))
        pair[1].close()
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            await sending

    run(main)


def test_both_directions_of_one_socket_at_a_time(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        fill(pair[0])
        sending = await started(loop.sock_sendall(pair[0], b"the end"))
        receiving = await started(loop.sock_recv(pair[0], 100))
        pair[1].send(b"first")
        assert await receiving == b"first"
        receiving = await started(loop.sock_recv(pair[0], 100))
        while not sending.done():
            await loop.sock_recv(pair[1], 1 << 20)
        pair[1].send(b"second")
        assert await receiving == b"second"
        await sending

    run(main)


# ---- datagrams


def test_datagrams_come_with_the_address_of_the_sender(run, datagrams):
    left, right = datagrams

    async def main():
        loop = asyncio.get_running_loop()
        receiving = await started(loop.sock_recvfrom(left, 100))
        assert await loop.sock_sendto(right, b"first", left.getsockname()) == 5
        assert await receiving == (b"first", right.getsockname())

        buffer = bytearray(3)
        receiving = await started(loop.sock_recvfrom_into(left, buffer))
        await loop.sock_sendto(right, b"second", left.getsockname())
        assert await receiving == (3, right.getsockname())
        assert buffer == b"sec"

        await loop.sock_sendto(right, b"", left.getsockname())
        assert await loop.sock_recvfrom(left, 100) == (b"", right.getsockname())
        await loop.sock_sendto(right, b"third", left.getsockname())
        assert await loop.sock_recvfrom_into(left, buffer, 2) == (2, right.getsockname())
        assert buffer == b"thc"
        with pytest.raises(TypeError):
            await loop.sock_sendto(right, b"x", 5)

    run(main)


# ---- accepting


def test_connections_are_accepted_as_they_come(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as server:
            server.setblocking(False)
            accepting = await started(loop.sock_accept(server))
            with socket.create_connection(server.getsockname()) as client:
                accepted, address = await accepting
                with accepted:
                    assert address == client.getsockname()
                    assert accepted.gettimeout() == 0
                    assert not os.get_inheritable(accepted.fileno())
            with socket.create_connection(server.getsockname()):
                accepted, _ = await loop.sock_accept(server)
                accepted.close()

    run(main)


# ---- who watches a descriptor


def test_a_cancelled_wait_loses_no_data_and_leaves_nothing_behind(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        receiving = await started(loop.sock_recv(pair[0], 100))
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert not loop.remove_reader(pair[0])
        pair[1].send(b"kept")
        await asyncio.sleep(0)
        assert await loop.sock_recv(pair[0], 100) == b"kept"

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(loop.sock_recv(pair[0], 100), 0.001)
        assert not loop.remove_reader(pair[0])

    run(main)


def test_the_last_who_asks_gets_it(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        first = await started(loop.sock_recv(pair[0], 100))
        second = await started(loop.sock_recv(pair[0], 100))
        pair[1].send(b"one")
        assert await second == b"one"
        assert not first.done()
        first.cancel()
        third = await started(loop.sock_recv(pair[0], 100))
        pair[1].send(b"two")
        assert await third == b"two"

    run(main)


def test_a_reader_takes_the_place_of_who_waits(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        receiving = await started(loop.sock_recv(pair[0], 100))
        readable = loop.create_future()
        loop.add_reader(pair[0], lambda: readable.done() or readable.set_result(None))
        pair[1].send(b"data")
        await readable
        assert not receiving.done()
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving
        assert loop.remove_reader(pair[0])
        assert await loop.sock_recv(pair[0], 100) == b"data"

    run(main)


def test_remove_reader_ends_the_watch_of_who_waits(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        receiving = await started(loop.sock_recv(pair[0], 100))
        assert loop.remove_reader(pair[0])
        pair[1].send(b"data")
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert not receiving.done()
        receiving.cancel()

    run(main)


def test_a_writer_beside_who_waits_to_receive(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        calls = []
        for _ in range(3):
            calls.clear()
            receiving = await started(loop.sock_recv(pair[0], 100))
            loop.add_writer(pair[0], calls.append, None)
            await until(lambda: len(calls) > 2)
            pair[1].send(b"data")
            assert await receiving == b"data"
            calls.clear()
            await until(lambda: len(calls) > 2)
            assert loop.remove_writer(pair[0])

    run(main)


def test_a_number_that_means_another_socket_by_now(run):
    async def main():
        loop = asyncio.get_running_loop()
        numbers = set()
        for turn in range(5):
            left, right = raw_pair("unix")
            with left, right:
                numbers.add(left.fileno())
                receiving = await started(loop.sock_recv(left, 100))
                right.send(b"%d" % turn)
                assert await receiving == b"%d" % turn
        assert len(numbers) == 1

    run(main)


def test_another_file_under_the_number_of_an_open_socket(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        receiving = await started(loop.sock_recv(pair[0], 100))
        pair[1].send(b"before")
        assert await receiving == b"before"
        with socket.socket() as _:
            left, right = raw_pair("unix")
            with left, right:
                os.dup2(left.fileno(), pair[0].fileno())
                receiving = await started(loop.sock_recv(pair[0], 100))
                right.send(b"after")
                assert await receiving == b"after"

    run(main)


def test_a_transport_on_a_number_that_was_waited_for(run):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = raw_pair("unix")
        with right:
            receiving = await started(loop.sock_recv(left, 100))
            right.send(b"before")
            await receiving
            reader, writer = await asyncio.open_connection(sock=left)
            with pytest.raises(RuntimeError, match=r"^File descriptor \d+ is used by transport <"):
                await loop.sock_recv(left, 100)
            with pytest.raises(RuntimeError, match=r"^File descriptor \d+ is used by transport <"):
                await loop.sock_sendall(left, MUCH)
            right.setblocking(False)
            right.send(b"after")
            assert await reader.read(100) == b"after"
            writer.transport.abort()
            await asyncio.sleep(0)

    run(main)


def test_on_a_closed_loop(new_event_loop, pair):
    loop = new_event_loop()
    loop.close()
    receiving = loop.sock_recv(pair[0], 100)
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        receiving.send(None)


def test_the_loop_is_closed_while_somebody_waits(new_event_loop, pair):
    loop = new_event_loop()
    receiving = loop.sock_recv(pair[0], 100)
    receiving.send(None)
    loop.close()
    receiving.close()


def test_a_closed_socket_ends_no_wait(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        receiving = await started(loop.sock_recv(pair[0], 100))
        pair[0].close()
        await asyncio.sleep(0)
        assert not receiving.done()
        receiving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await receiving

    run(main)


# ---- which sockets


def test_a_blocking_socket_is_refused_in_debug_mode(run):
    async def main():
        loop = asyncio.get_running_loop()
        with socket.socket() as blocking:
            for call in (
                loop.sock_recv(blocking, 1),
                loop.sock_recv_into(blocking, bytearray(1)),
                loop.sock_recvfrom(blocking, 1),
                loop.sock_recvfrom_into(blocking, bytearray(1)),
                loop.sock_sendall(blocking, b"x"),
                loop.sock_sendto(blocking, b"x", ("127.0.0.1", 9)),
                loop.sock_accept(blocking),
            ):
                with pytest.raises(ValueError, match=r"^the socket must be non-blocking$"):
                    await call

    run(main, debug=True)


def test_without_debug_mode_a_blocking_socket_blocks(run):
    async def main():
        loop = asyncio.get_running_loop()
        left, right = socket.socketpair()
        with left, right:
            left.settimeout(0.001)
            with pytest.raises(TimeoutError, match=r"^timed out$"):
                await loop.sock_recv(left, 1)
            left.settimeout(None)
            right.send(b"x")
            assert await loop.sock_recv(left, 1) == b"x"
            await loop.sock_sendall(left, b"y")
            assert right.recv(1) == b"y"

    run(main)


def test_a_tls_socket_is_refused(run):
    async def main():
        loop = asyncio.get_running_loop()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        with context.wrap_socket(socket.socket()) as wrapped:
            for call in (loop.sock_recv(wrapped, 1), loop.sock_sendall(wrapped, b"x")):
                with pytest.raises(TypeError, match=r"^Socket cannot be of type SSLSocket$"):
                    await call

    run(main)


def test_the_methods_of_a_subclass_are_called(run, pair):
    class Shouting(socket.socket):
        def recv(self, n):
            return super().recv(n).upper()

        def send(self, data):
            return super().send(bytes(data).upper()[:3])

    async def main():
        loop = asyncio.get_running_loop()
        with Shouting(fileno=pair[0].detach()) as shouting:
            shouting.setblocking(False)
            receiving = await started(loop.sock_recv(shouting, 100))
            pair[1].send(b"quiet")
            assert await receiving == b"QUIET"
            await loop.sock_sendall(shouting, b"aloud")
            assert pair[1].recv(100) == b"ALOUD"

    run(main)


def test_a_method_that_was_replaced_is_called(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        with mock.patch.object(socket.socket, "recv", return_value=b"mocked"):
            assert await loop.sock_recv(pair[0], 100) == b"mocked"
        pair[1].send(b"real")
        assert await loop.sock_recv(pair[0], 100) == b"real"

    run(main)


# ---- what they give


def test_they_give_coroutines(run, pair):
    async def main():
        loop = asyncio.get_running_loop()
        who = asyncio if sys.version_info < (3, 12) else inspect  # 3.11's looks for Python code
        assert who.iscoroutinefunction(loop.sock_recv)
        receiving = loop.sock_recv(pair[0], 1)
        assert asyncio.iscoroutine(receiving)
        assert receiving.__qualname__ == "BaseSelectorEventLoop.sock_recv"
        receiving.close()
        abandoned = [loop.sock_sendall(pair[0], b"x")]
        with pytest.warns(
            RuntimeWarning,
            match=r"^coroutine 'BaseSelectorEventLoop.sock_sendall' was never awaited$",
        ):
            abandoned.clear()
        assert await asyncio.create_task(loop.sock_sendall(pair[0], b"x")) is None

    run(main)


def test_one_that_waits_and_is_dropped_watches_no_more(loop, pair):
    async def main():
        receiving = loop.sock_recv(pair[0], 1)
        assert asyncio.isfuture(receiving.send(None))
        assert loop.poller.callbacks(pair[0].fileno())[0] is not None
        del receiving
        assert loop.poller.callbacks(pair[0].fileno()) == (None, None)

    loop.run_until_complete(main())


def test_a_wait_is_known_to_be_for_a_socket(loop, pair):
    async def main():
        receiving = await started(loop.sock_recv(pair[0], 1))
        assert wakers.of_task(receiving).kind == "socket"
        fill(pair[1])
        sending = await started(loop.sock_sendall(pair[1], b"x"))
        assert wakers.of_task(sending).kind == "socket"
        for task in (receiving, sending):
            task.cancel()

    loop.run_until_complete(main())


def test_a_registration_that_sleeps_is_not_counted(loop, pair):
    async def main():
        before = loop.poller.watched
        receiving = await started(loop.sock_recv(pair[0], 100))
        assert loop.poller.watched == before + 1
        assert pair[0].fileno() in loop.poller.descriptors()
        pair[1].send(b"x")
        await receiving
        assert loop.poller.watched == before
        assert pair[0].fileno() not in loop.poller.descriptors()

    loop.run_until_complete(main())
