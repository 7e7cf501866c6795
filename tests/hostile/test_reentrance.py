"""Running, stopping and closing a loop from where one should not."""

import asyncio
import sys

import pytest

import trueloop


def test_running_a_loop_inside_itself_is_refused(loop):
    if sys.version_info[:3] == (3, 13, 0) and not isinstance(loop, trueloop.EventLoop):
        pytest.skip("asyncio of 3.13.0 refuses once, and runs the second time")

    async def other():
        """Never run."""

    async def main():
        for run in (loop.run_forever, lambda: loop.run_until_complete(loop.create_future())):
            with pytest.raises(RuntimeError, match="already running"):
                run()
        coroutine = other()
        with pytest.raises(RuntimeError, match="running event loop"):
            asyncio.run(coroutine)
        coroutine.close()
        return "went on"

    assert loop.run_until_complete(main()) == "went on"


def test_running_another_loop_inside_one_is_refused(loop, new_event_loop):
    other = new_event_loop()

    async def main():
        with pytest.raises(RuntimeError, match="another loop is running"):
            other.run_forever()

    loop.run_until_complete(main())
    other.close()


@pytest.mark.parametrize("where", ["task", "callback", "timer", "done"])
def test_closing_a_loop_that_runs_is_refused(loop, where):
    caught = []

    def close(*_):
        try:
            loop.close()
        except RuntimeError as error:
            caught.append(str(error))

    async def main():
        if where == "task":
            close()
        elif where == "callback":
            loop.call_soon(close)
        elif where == "timer":
            loop.call_later(0, close)
        else:
            future = loop.create_future()
            future.add_done_callback(close)
            future.set_result(None)
        await asyncio.sleep(0.001)

    loop.run_until_complete(main())
    assert caught == ["Cannot close a running event loop"]


def test_stop_from_everywhere_ends_one_run(loop):
    for _ in range(3):
        loop.call_soon(loop.stop)
        loop.call_soon(loop.stop)
        loop.call_later(0, loop.stop)
        loop.run_forever()
    loop.stop()
    loop.run_forever()


def test_a_closed_loop_refuses_everything(loop):
    loop.close()
    loop.close()
    future = asyncio.Future(loop=loop)

    async def coroutine():
        """Never run."""

    made = coroutine()
    for call in (
        lambda: loop.call_soon(print),
        lambda: loop.call_later(0, print),
        lambda: loop.call_at(0, print),
        lambda: loop.call_soon_threadsafe(print),
        lambda: loop.run_until_complete(future),
        lambda: loop.run_forever(),
        lambda: loop.create_task(made),
        lambda: loop.add_reader(0, print),
        lambda: loop.add_writer(0, print),
        lambda: loop.run_in_executor(None, print),
    ):
        with pytest.raises(RuntimeError, match="Event loop is closed"):
            call()
    made.close()
    repr(loop)
    assert loop.is_closed()
    assert not loop.is_running()
    future.cancel()


def test_a_future_of_a_closed_loop_can_be_finished_if_nobody_waits(loop):
    future, waited = loop.create_future(), loop.create_future()
    waited.add_done_callback(print)
    loop.close()
    future.set_result(1)
    assert future.result() == 1
