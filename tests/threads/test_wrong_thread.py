"""What other threads do to a loop without its door: it is told, and it works nonetheless."""

import asyncio
import os
import socket
import sys
import threading

import pytest

import trueloop

FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()


def told(main):
    """What the wrong_thread hook is told while main(elsewhere) runs; elsewhere(f, ...) calls f."""
    found = []

    async def run():
        loop = asyncio.get_running_loop()
        loop.hooks.wrong_thread = lambda subject, what: found.append(
            (subject, what, threading.current_thread().name)
        )
        await main(elsewhere)

    async def elsewhere(function, *args):
        done = asyncio.Event()
        loop = asyncio.get_running_loop()

        def work():
            try:
                function(*args)
            finally:
                loop.call_soon_threadsafe(done.set)

        thread = threading.Thread(target=work, name="elsewhere")
        thread.start()
        await done.wait()
        thread.join()

    trueloop.run(run())
    assert all(thread == "elsewhere" for *_, thread in found)
    return [(subject, what) for subject, what, _ in found]


def test_callbacks_and_timers_of_another_thread_run():
    called = []

    async def main(elsewhere):
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        await elsewhere(loop.call_soon, called.append, "soon")
        await elsewhere(loop.call_later, 0.001, called.append, "later")
        await elsewhere(loop.call_at, loop.time() + 0.002, ended.set)
        await ended.wait()

    whats = [what for _, what in told(main)]
    assert whats == ["call_soon()", *["call_later() or call_at()"] * 2]
    assert called == ["soon", "later"]


def test_a_sleeping_loop_hears_of_an_earlier_timer():
    async def main(elsewhere):
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        far = loop.call_later(3600, ended.set_result, "late")

        def arm():
            loop.call_later(0.001, ended.set_result, "early")

        thread = threading.Thread(target=arm, name="elsewhere")
        loop.call_later(0.01, thread.start)
        assert await ended == "early"
        thread.join()
        far.cancel()

    assert [what for _, what in told(main)] == ["call_later() or call_at()"]


@pytest.mark.parametrize(
    ("method", "arguments", "state"),
    [
        ("set_result", (1,), "FINISHED"),
        ("set_exception", (ValueError(),), "FINISHED"),
        ("cancel", (), "CANCELLED"),
    ],
)
def test_futures_of_another_thread_end(method, arguments, state):
    futures = []

    async def main(elsewhere):
        futures.append(asyncio.get_running_loop().create_future())
        await elsewhere(getattr(futures[0], method), *arguments)
        assert futures[0]._state == state
        if method == "set_exception":
            futures[0].exception()

    assert told(main) == [(futures[0], f"{method}()")]


def test_a_task_may_be_neither_made_nor_cancelled_elsewhere():
    async def main(elsewhere):
        loop = asyncio.get_running_loop()
        waiting = asyncio.create_task(asyncio.Event().wait())
        await asyncio.sleep(0)
        await elsewhere(waiting.cancel)
        made = []
        await elsewhere(lambda: made.append(loop.create_task(asyncio.sleep(0, "made"))))
        assert await made[0] == "made"
        await asyncio.wait([waiting])
        assert waiting.cancelled()

    assert [what for _, what in told(main)] == ["cancel()", "create_task()"]


@pytest.mark.skipif(FREE_THREADED, reason="without a GIL the call is refused")
def test_a_write_of_another_thread_arrives():
    async def main(elsewhere):
        here, there = socket.socketpair()
        here.setblocking(False)
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=here)
        await elsewhere(transport.write, b"from afar")
        assert there.recv(100) == b"from afar"
        transport.close()
        there.close()
        await asyncio.sleep(0)

    assert [what for _, what in told(main)] == ["transport.write()"]


@pytest.mark.skipif(FREE_THREADED, reason="without a GIL the call is refused")
def test_a_datagram_of_another_thread_is_told():
    async def main(elsewhere):
        there = socket.socket(type=socket.SOCK_DGRAM)
        there.bind(("127.0.0.1", 0))
        there.settimeout(10)
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
            asyncio.DatagramProtocol, remote_addr=there.getsockname()
        )
        await elsewhere(transport.sendto, b"from afar")
        assert there.recv(100) == b"from afar"
        transport.close()
        there.close()
        await asyncio.sleep(0)

    assert [what for _, what in told(main)] == ["transport.sendto()"]


@pytest.mark.skipif(FREE_THREADED, reason="without a GIL the call is refused")
def test_what_another_thread_writes_into_a_pipe_is_told():
    async def main(elsewhere):
        reading, writing = os.pipe()
        loop = asyncio.get_running_loop()
        pipe = os.fdopen(writing, "wb", 0)
        transport, _ = await loop.connect_write_pipe(asyncio.BaseProtocol, pipe)
        await elsewhere(transport.write, b"from afar")
        assert os.read(reading, 100) == b"from afar"
        transport.close()
        os.close(reading)
        await asyncio.sleep(0)

    assert [what for _, what in told(main)] == ["transport.write()"]


def test_stop_of_another_thread_wakes_the_loop():
    loop = trueloop.new_event_loop()
    found = []
    loop.hooks.wrong_thread = lambda subject, what: found.append((subject, what))
    thread = threading.Thread(target=loop.stop)
    loop.call_later(0.01, thread.start)
    loop.run_forever()
    thread.join()
    loop.close()
    assert found == [(loop, "stop()")]


def test_what_is_allowed_is_not_told():
    async def main(elsewhere):
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        await elsewhere(loop.call_soon_threadsafe, future.set_result, 1)
        await elsewhere(future.done)
        work = []
        await elsewhere(
            lambda: work.append(asyncio.run_coroutine_threadsafe(asyncio.sleep(0), loop))
        )
        await asyncio.wrap_future(work[0])
        await asyncio.to_thread(future.result)

    assert told(main) == []


def test_a_loop_that_does_not_run_may_be_prepared_anywhere():
    loop = trueloop.new_event_loop()
    found = []
    loop.hooks.wrong_thread = lambda subject, what: found.append(what)
    ended = loop.create_future()
    thread = threading.Thread(target=loop.call_soon, args=(ended.set_result, None))
    thread.start()
    thread.join()
    loop.run_until_complete(ended)
    loop.close()
    assert found == []
