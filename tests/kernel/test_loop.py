"""The loop made of the kernel's parts: running, stopping, closing, debugging, forking."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

import trueloop


def drain(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def test_stop_before_a_run_lets_one_pass_be_made(either_loop):
    ran = []
    either_loop.stop()
    either_loop.call_soon(ran.append, 1)
    either_loop.run_forever()
    assert ran == [1]


def test_a_run_inside_a_run_is_refused(loop):
    other = trueloop.new_event_loop()

    async def main():
        with pytest.raises(RuntimeError, match=r"^This event loop is already running$"):
            loop.run_forever()
        with pytest.raises(RuntimeError, match="while another loop is running"):
            other.run_forever()
        with pytest.raises(RuntimeError, match=r"^Cannot close a running event loop$"):
            loop.close()

    loop.run_until_complete(main())
    other.close()


def test_a_closed_loop_refuses_everything(either_loop):
    either_loop.close()
    either_loop.close()
    assert either_loop.is_closed()
    for refused in (
        lambda: either_loop.call_soon(print),
        lambda: either_loop.call_later(0, print),
        lambda: either_loop.call_at(0, print),
        either_loop.run_forever,
    ):
        with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
            refused()
    coroutine = asyncio.sleep(0)
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        either_loop.create_task(coroutine)
    coroutine.close()


def test_a_loop_may_run_in_one_thread_after_another(either_loop):
    def run():
        found.append(either_loop.run_until_complete(asyncio.sleep(0, threading.get_ident())))

    found = []
    for _ in range(3):
        thread = threading.Thread(target=run)
        thread.start()
        thread.join()
    run()
    assert len(found) == 4


def test_many_loops_in_many_threads(new_event_loop):
    failures = []

    async def churn():
        async def child(n):
            await asyncio.sleep(0)
            return n

        for _ in range(30):
            assert await asyncio.gather(*map(child, range(30))) == list(range(30))
            assert len(asyncio.all_tasks()) == 1

    def work():
        try:
            with asyncio.Runner(loop_factory=new_event_loop) as runner:
                runner.run(churn())
        except BaseException as exc:
            failures.append(exc)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []


class TestDebugMode:
    def test_calls_from_the_wrong_thread_are_refused(self, either_loop):
        either_loop.set_debug(True)
        failures = []

        def call():
            for method, *arguments in (
                (either_loop.call_soon, print),
                (either_loop.call_later, 0, print),
                (either_loop.call_at, 0, print),
            ):
                try:
                    method(*arguments)
                except RuntimeError as exc:
                    failures.append(str(exc))

        async def main():
            thread = threading.Thread(target=call)
            thread.start()
            while thread.is_alive():  # noqa: ASYNC110  # a thread sets no event of ours
                await asyncio.sleep(0)

        either_loop.run_until_complete(main())
        assert len(failures) == 3
        assert all("Non-thread-safe operation" in failure for failure in failures)

    def test_what_is_no_callback_is_refused(self, either_loop):
        either_loop.set_debug(True)

        async def function():
            pass

        for bad in (1, function):
            for method in (either_loop.call_soon, either_loop.call_soon_threadsafe):
                with pytest.raises(TypeError):
                    method(bad)

    def test_a_slow_callback_is_logged(self, either_loop, caplog):
        either_loop.set_debug(True)
        either_loop.slow_callback_duration = 0.001

        def slow():
            until = time.monotonic() + 0.005
            while time.monotonic() < until:
                pass

        async def slow_task():
            slow()

        with caplog.at_level(logging.WARNING, logger="asyncio"):
            either_loop.call_soon(slow)
            either_loop.run_until_complete(slow_task())
        messages = [r.getMessage() for r in caplog.records]
        assert any("Executing <Handle " in m and "slow()" in m for m in messages)
        assert any("Executing <Task " in m and "slow_task()" in m for m in messages)

    def test_handles_futures_and_tasks_know_the_stack_of_their_making(self, either_loop):
        either_loop.set_debug(True)
        handle = either_loop.call_soon(len, ())
        future = either_loop.create_future()
        timer = either_loop.call_later(3600, print)
        task = either_loop.create_task(asyncio.sleep(0))
        for made in (handle, future, timer, task):
            assert __file__ in [frame.filename for frame in made._source_traceback[-2:]]
        assert "created at " in repr(handle)
        timer.cancel()
        assert "created at " in repr(timer)
        either_loop.run_until_complete(task)

    def test_a_program_runs_the_same(self, either_loop):
        either_loop.set_debug(True)

        async def child(n):
            await asyncio.sleep(0)
            return n

        async def main():
            async with asyncio.timeout(60), asyncio.TaskGroup() as group:
                tasks = [group.create_task(child(n)) for n in range(50)]
            return [task.result() for task in tasks]

        assert either_loop.run_until_complete(main()) == list(range(50))


def test_main_outcome():
    def outcome(prepare):
        loop = trueloop.new_event_loop()
        try:
            prepare(loop)
        except (ZeroDivisionError, KeyboardInterrupt):
            pass
        finally:
            loop.close()
        return loop.main_outcome

    def interrupted():
        raise KeyboardInterrupt

    async def failing():
        return 1 / 0

    assert outcome(lambda loop: None) == "none"
    assert outcome(lambda loop: loop.run_until_complete(asyncio.sleep(0))) == "returned"
    assert outcome(lambda loop: loop.run_until_complete(failing())) == "raised"
    assert outcome(drain) == "returned"
    assert outcome(lambda loop: (loop.call_soon(interrupted), loop.run_forever())) == "raised"


def test_an_exception_handler_may_be_replaced_on_the_instance(either_loop):
    seen = []
    either_loop.call_exception_handler = lambda context: seen.append(context["message"])
    either_loop.call_soon(lambda: 1 / 0)
    drain(either_loop)
    assert len(seen) == 1


def test_a_busy_loop_still_sees_descriptors_and_timers(either_loop):
    """While work is ready, polls are rarer: but they do happen."""
    out, into = os.pipe()
    seen = set()
    either_loop.add_reader(out, seen.add, "pipe")
    either_loop.call_later(0.001, seen.add, "timer")
    os.write(into, b"x")

    async def main():
        while len(seen) < 2:  # noqa: ASYNC110  # what keeps it busy
            await asyncio.sleep(0)

    either_loop.run_until_complete(main())
    either_loop.remove_reader(out)
    os.close(out)
    os.close(into)


FORKING = """
import asyncio, os, sys, MODULE

async def child():
    tasks = [asyncio.create_task(asyncio.sleep(0, n)) for n in range(10)]
    assert await asyncio.gather(*tasks) == list(range(10))
    assert len(asyncio.all_tasks()) == 1
    reader, writer = await asyncio.open_connection(*address)
    writer.write(b"hello")
    assert await reader.read() == b"olleh"
    writer.close()
    await writer.wait_closed()
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, len, ())
    return 42

async def serve(reader, writer):
    writer.write((await reader.readexactly(5))[::-1])
    writer.close()

async def main():
    global address
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    address = server.sockets[0].getsockname()
    pid = os.fork()
    if pid == 0:
        with asyncio.Runner(loop_factory=MODULE.new_event_loop) as runner:
            os._exit(runner.run(child()))
    _, status = await asyncio.to_thread(os.waitpid, pid, 0)
    server.close()
    assert os.waitstatus_to_exitcode(status) == 42, status

with asyncio.Runner(loop_factory=MODULE.new_event_loop) as runner:
    runner.run(main())
print("both")
"""


@pytest.mark.parametrize("module", ["asyncio", "trueloop"])
def test_a_child_forked_inside_a_run_can_run_a_loop_of_its_own(module):
    # Without the watch: gcc's AddressSanitizer may deadlock in a child forked beside its thread.
    environment = {**os.environ, "TRUELOOP_DIAGNOSTICS": "0"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-X", "faulthandler", "-c",
         FORKING.replace("MODULE", module)],
        capture_output=True, text=True, timeout=60, check=False, env=environment,
    )  # fmt: skip
    assert done.stdout == "both\n", done.stderr


def test_a_loop_is_deaf_to_a_signal_sent_after_it_was_closed():
    loop = trueloop.new_event_loop()
    loop.add_signal_handler(signal.SIGUSR1, print)
    loop.close()
    before = signal.signal(signal.SIGUSR1, lambda *arguments: None)
    try:
        os.kill(os.getpid(), signal.SIGUSR1)
    finally:
        signal.signal(signal.SIGUSR1, before)
