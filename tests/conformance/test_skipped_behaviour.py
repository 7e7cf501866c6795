"""What CPython's skipped tests are about, asked by public means, on asyncio's loop and on ours.

Those tests mock a loop's private parts (see skips.toml); the behaviour behind them is owed all the
same.
"""

import asyncio
import gc
import socket
import weakref

import pytest

import trueloop


@pytest.fixture(
    params=[asyncio.SelectorEventLoop, trueloop.new_event_loop], ids=["asyncio", "ours"]
)
def loop(request):
    loop = request.param()
    yield loop
    loop.close()


def test_a_loop_stopped_before_it_runs_makes_one_pass_without_waiting(loop):
    ran = []
    loop.call_soon(ran.append, "in the pass")
    loop.call_soon(loop.call_soon, ran.append, "after it")
    loop.call_later(60, ran.append, "much later")
    loop.stop()

    loop.run_forever()

    assert ran == ["in the pass"]


def test_a_stopped_loop_runs_a_reader_once_for_each_run(loop):
    ours, theirs = socket.socketpair()
    calls = []
    loop.add_reader(ours, calls.append, "readable")
    theirs.send(b"never read")
    with ours, theirs:
        for run in (1, 2):
            loop.call_soon(loop.stop)
            loop.run_forever()
            assert len(calls) <= run
        loop.remove_reader(ours)


def test_a_cancelled_timer_is_not_kept_until_it_is_due(loop):
    class Payload:
        """Something whose end can be observed."""

    payload = Payload()
    gone = weakref.ref(payload)
    loop.call_later(3600, id, payload).cancel()
    del payload
    gc.collect()

    assert gone() is None


def test_a_timer_that_is_due_runs_and_what_it_schedules_waits_for_the_next_pass(loop):
    order = []

    def due():
        order.append("due")
        loop.call_soon(order.append, "scheduled by it")
        loop.stop()

    loop.call_later(-1, due)
    loop.run_forever()
    assert order == ["due"]

    loop.stop()
    loop.run_forever()
    assert order == ["due", "scheduled by it"]


def test_what_is_written_while_a_closing_transport_still_sends_arrives_too(loop):
    async def main():
        ours, theirs = socket.socketpair()
        with theirs:
            theirs.setblocking(False)
            transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
            transport.write(b"x" * 4_000_000)
            transport.close()
            transport.write(b"the end")
            received = bytearray()
            while chunk := await loop.sock_recv(theirs, 1 << 16):
                received += chunk
        assert len(received) == 4_000_007
        assert received.endswith(b"the end")

    loop.run_until_complete(main())
