"""The poller: readers and writers, level-triggered, on whatever a descriptor number means now."""

import asyncio
import os
import selectors
import socket

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import trueloop


@pytest.fixture
def pair():
    left, right = socket.socketpair()
    left.setblocking(False)
    right.setblocking(False)
    with left, right:
        yield left, right


def passes(loop, count=3):
    for _ in range(count):
        loop.call_soon(loop.stop)
        loop.run_forever()


def test_a_reader_is_called_as_long_as_there_is_something_to_read(either_loop, pair):
    calls = []

    def readable():
        calls.append(None)
        if len(calls) == 5:
            pair[0].recv(100)
            either_loop.call_soon(either_loop.stop)

    either_loop.add_reader(pair[0], readable)
    pair[1].send(b"level")
    either_loop.run_forever()
    passes(either_loop)
    assert len(calls) == 5
    assert either_loop.remove_reader(pair[0])
    assert not either_loop.remove_reader(pair[0])


def test_a_reader_and_a_writer_on_one_descriptor(either_loop, pair):
    calls = []
    either_loop.add_reader(pair[0].fileno(), calls.append, "read")
    either_loop.add_writer(pair[0].fileno(), calls.append, "write")
    passes(either_loop, 2)
    assert set(calls) == {"write"}
    pair[1].send(b"x")
    passes(either_loop, 2)
    assert set(calls) == {"write", "read"}
    assert either_loop.remove_writer(pair[0])
    calls.clear()
    passes(either_loop, 2)
    assert set(calls) == {"read"}
    assert either_loop.remove_reader(pair[0])
    calls.clear()
    passes(either_loop, 2)
    assert calls == []


def test_adding_again_replaces(either_loop, pair):
    calls = []
    either_loop.add_reader(pair[0], calls.append, "old")
    either_loop.add_reader(pair[0], calls.append, "new")
    pair[1].send(b"x")
    passes(either_loop)
    assert set(calls) == {"new"}
    either_loop.remove_reader(pair[0])


def test_a_callback_may_remove_itself_and_the_other(either_loop, pair):
    calls = []

    def first():
        calls.append("first")
        either_loop.remove_reader(pair[0])
        either_loop.remove_writer(pair[0])

    either_loop.add_reader(pair[0], first)
    either_loop.add_writer(pair[0], first)
    pair[1].send(b"x")
    passes(either_loop)
    assert calls == ["first"]


def test_a_descriptor_number_that_is_used_again(either_loop):
    for n in range(20):
        left, right = socket.socketpair()
        with left, right:
            seen = []
            either_loop.add_reader(left, seen.append, n)
            right.send(b"x")
            while not seen:
                passes(either_loop, 1)
            assert set(seen) == {n}
            either_loop.remove_reader(left)


def test_a_descriptor_closed_while_watched(either_loop):
    """Not right, but it happens; the number must work again afterwards."""
    left, right = socket.socketpair()
    number = left.fileno()
    either_loop.add_reader(left, print)
    left.close()
    right.close()
    passes(either_loop)
    assert either_loop.remove_reader(number)
    left, right = socket.socketpair()
    seen = []
    with left, right:
        either_loop.add_reader(left, seen.append, 1)
        right.send(b"x")
        while not seen:
            passes(either_loop, 1)
        either_loop.remove_reader(left)


def test_a_hang_up_calls_reader_and_writer(either_loop):
    left, right = socket.socketpair()
    calls = []
    with left:
        either_loop.add_reader(left, calls.append, "read")
        either_loop.add_writer(left, calls.append, "write")
        right.close()
        passes(either_loop, 1)
        assert set(calls) == {"read", "write"}
        either_loop.remove_reader(left)
        either_loop.remove_writer(left)


def test_a_regular_file_cannot_be_watched(either_loop, tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"x")
    with path.open("rb") as file:
        for _ in range(2):
            with pytest.raises(PermissionError):
                either_loop.add_reader(file, print)
        assert not either_loop.remove_reader(file)


@pytest.mark.parametrize("fd", [-1, "text", None, 1.5, object()])
def test_what_is_no_descriptor_is_refused(either_loop, fd):
    with pytest.raises((ValueError, TypeError)):
        either_loop.add_reader(fd, print)
    with pytest.raises((ValueError, TypeError)):
        either_loop.remove_writer(fd)


def test_a_number_beyond_the_table_and_not_open_is_an_error(either_loop):
    with pytest.raises(OSError, match="Bad file descriptor"):
        either_loop.add_reader(5000, print)
    assert not either_loop.remove_reader(5000)
    assert not either_loop.remove_reader(10**6)


def test_a_closed_loop_refuses_to_watch(either_loop, pair):
    either_loop.close()
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        either_loop.add_reader(pair[0], print)
    assert not either_loop.remove_reader(pair[0])


def test_the_descriptor_of_a_transport_is_refused(either_loop, pair):
    async def main():
        transport, _ = await either_loop.create_connection(asyncio.Protocol, sock=pair[0])
        with pytest.raises(RuntimeError, match="is used by transport"):
            either_loop.add_reader(pair[0], print)
        transport.close()
        await asyncio.sleep(0)
        await asyncio.sleep(0)

    either_loop.run_until_complete(main())


def test_more_descriptors_than_one_poll_reports(either_loop):
    pairs = [socket.socketpair() for _ in range(300)]
    seen = set()

    def readable(n):
        pairs[n][0].recv(1)
        seen.add(n)
        if len(seen) == len(pairs):
            either_loop.stop()

    for n, (left, right) in enumerate(pairs):
        either_loop.add_reader(left, readable, n)
        right.send(b"x")
    either_loop.run_forever()
    for left, right in pairs:
        either_loop.remove_reader(left)
        left.close()
        right.close()


def test_the_loops_selector_shows_what_is_watched(either_loop, pair):
    def masks():
        return {
            key.fd: key.events
            for key in either_loop._selector.get_map().values()
            if key.fd == pair[0].fileno()
        }

    number = pair[0].fileno()
    assert masks() == {}
    either_loop.add_reader(pair[0], print)
    assert masks() == {number: selectors.EVENT_READ}
    either_loop.add_writer(pair[0], print)
    assert masks() == {number: selectors.EVENT_READ | selectors.EVENT_WRITE}
    assert either_loop._selector.get_key(number).fd == number
    assert either_loop._selector.get_key(pair[0]).events == masks()[number]
    either_loop.remove_reader(pair[0])
    either_loop.remove_writer(pair[0])
    with pytest.raises(KeyError):
        either_loop._selector.get_key(number)


def test_the_selector_registers_nothing_itself(loop, pair):
    message = "^the loop polls natively; use loop.add_reader\\(\\) and loop.add_writer\\(\\)$"
    for call in (
        lambda: loop._selector.register(pair[0], selectors.EVENT_READ),
        lambda: loop._selector.unregister(pair[0]),
        lambda: loop._selector.select(0),
    ):
        with pytest.raises(NotImplementedError, match=message):
            call()


moves = st.lists(
    st.tuples(
        st.sampled_from(
            ["add reader", "add writer", "remove reader", "remove writer", "send", "read", "reopen"]
        ),
        st.integers(0, 3),
    ),
    max_size=40,
)


@settings(max_examples=100, deadline=None)
@given(moves)
def test_any_sequence_calls_exactly_what_is_ready(script):
    """Four socket pairs, of which descriptors come and go, against a model of what is ready."""
    loop = trueloop.new_event_loop()
    pairs = [socket.socketpair() for _ in range(4)]
    readers, writers, full = set(), set(), set()
    called = set()
    try:
        for move, n in script:
            left, right = pairs[n]
            if move == "add reader":
                loop.add_reader(left, called.add, ("read", n))
                readers.add(n)
            elif move == "add writer":
                loop.add_writer(left, called.add, ("write", n))
                writers.add(n)
            elif move == "remove reader":
                assert loop.remove_reader(left) == (n in readers)
                readers.discard(n)
            elif move == "remove writer":
                assert loop.remove_writer(left) == (n in writers)
                writers.discard(n)
            elif move == "send":
                right.send(b"x")
                full.add(n)
            elif move == "read" and n in full:
                left.recv(1000)
                full.discard(n)
            elif move == "reopen":
                loop.remove_reader(left)
                loop.remove_writer(left)
                left.close()
                right.close()
                pairs[n] = socket.socketpair()
                for model in (readers, writers, full):
                    model.discard(n)
            called.clear()
            passes(loop, 1)
            assert called == {("read", m) for m in readers & full} | {("write", m) for m in writers}
        assert loop.poller.watched == 1 + len(readers | writers)
    finally:
        for left, right in pairs:
            loop.remove_reader(left)
            loop.remove_writer(left)
            left.close()
            right.close()
        loop.close()


def test_pipes_are_watched_too(either_loop):
    out, into = os.pipe()
    seen = []
    either_loop.add_reader(out, seen.append, 1)
    os.write(into, b"x")
    passes(either_loop)
    assert seen
    either_loop.remove_reader(out)
    os.close(out)
    os.close(into)


@pytest.mark.parametrize("kind", ["reader", "writer"])
def test_what_a_socket_registered_can_be_removed_when_it_is_closed(either_loop, kind):
    """anyio closes a socket first, and then takes its reader away."""
    here, there = socket.socketpair()
    add, remove = (getattr(either_loop, f"{verb}_{kind}") for verb in ("add", "remove"))
    add(here, print)
    here.close()
    assert remove(here) is True
    with pytest.raises(ValueError, match="Invalid file descriptor: -1"):
        remove(here)
    there.close()
