"""What belongs to a loop's thread, and what other threads may do with a loop."""

import asyncio
import contextvars
import socket
import sys
import sysconfig
import threading

import pytest

import trueloop

FREE_THREADED = not getattr(sys, "_is_gil_enabled", lambda: True)()
without_gil = pytest.mark.skipif(
    not FREE_THREADED, reason="with a GIL, whoever holds it may touch the loop, as in asyncio"
)


def in_thread(function, *args):
    """Call it in another thread; its result, or what it raised."""
    outcome = []

    def call():
        try:
            outcome.append(function(*args))
        except Exception as exc:
            outcome.append(exc)

    thread = threading.Thread(target=call)
    thread.start()
    thread.join()
    return outcome[0]


def test_no_module_switches_the_gil_on():
    if not hasattr(sys, "_is_gil_enabled"):
        pytest.skip("this Python always has a GIL")
    assert bool(sysconfig.get_config_var("Py_GIL_DISABLED")) == FREE_THREADED


def test_a_future_finished_on_another_thread_wakes_its_loop():
    async def main():
        future = asyncio.get_running_loop().create_future()
        thread = threading.Thread(target=future.set_result, args=("from afar",))
        asyncio.get_running_loop().call_later(0.01, thread.start)
        result = await future  # nothing else would end this wait
        thread.join()
        return result

    assert trueloop.run(main()) == "from afar"


def test_a_task_cancelled_on_another_thread_is_woken():
    async def main():
        task = asyncio.create_task(asyncio.Event().wait())
        thread = threading.Thread(target=task.cancel)
        asyncio.get_running_loop().call_later(0.01, thread.start)
        await asyncio.wait([task])
        thread.join()
        return task.cancelled()

    assert trueloop.run(main())


def test_call_soon_on_another_thread_is_served():
    async def main():
        called = asyncio.Event()
        loop = asyncio.get_running_loop()
        thread = threading.Thread(target=loop.call_soon, args=(called.set,))
        thread.start()
        await called.wait()
        thread.join()

    trueloop.run(main())


@without_gil
@pytest.mark.parametrize("method", ["add_reader", "add_writer", "remove_reader", "remove_writer"])
def test_descriptors_are_watched_from_the_loops_thread_only(method):
    async def main():
        here, there = socket.socketpair()
        with here, there:
            arguments = (here, print) if method.startswith("add") else (here,)
            return await asyncio.to_thread(
                in_thread, getattr(asyncio.get_running_loop(), method), *arguments
            )

    refusal = trueloop.run(main())
    assert isinstance(refusal, RuntimeError)
    assert f"{method}() was called from another thread than the loop's" in str(refusal)


@without_gil
@pytest.mark.parametrize(
    ("method", "arguments"),
    [("write", (b"x",)), ("writelines", ([b"x"],)), ("abort", ()), ("pause_reading", ()),
     ("write_eof", ())],
)  # fmt: skip
def test_a_transport_belongs_to_its_loops_thread(method, arguments):
    async def main():
        here, there = socket.socketpair()
        here.setblocking(False)
        transport, _ = await asyncio.get_running_loop().create_connection(
            asyncio.Protocol, sock=here
        )
        try:
            return await asyncio.to_thread(getattr(transport, method), *arguments)
        except RuntimeError as refusal:
            return str(refusal)
        finally:
            transport.close()
            there.close()
            await asyncio.sleep(0)

    assert "was called from another thread than the loop's" in trueloop.run(main())


def test_a_transport_that_another_thread_closes_is_closed_by_its_loop():
    """As a finaliser does, in whatever thread the collector runs."""

    class Waiting(asyncio.Protocol):
        def connection_lost(self, error):
            lost_in.set_result(threading.get_ident())

    async def main():
        nonlocal lost_in
        here, there = socket.socketpair()
        here.setblocking(False)
        lost_in = asyncio.get_running_loop().create_future()
        transport, _ = await asyncio.get_running_loop().create_connection(Waiting, sock=here)
        await asyncio.to_thread(transport.close)
        assert await lost_in == threading.get_ident()
        there.close()

    lost_in = None
    trueloop.run(main())


def test_what_is_queued_before_the_run_comes_first_whoever_queued_it():
    loop = trueloop.new_event_loop()
    order = []
    loop.call_soon(order.append, 1)
    in_thread(loop.call_soon_threadsafe, order.append, 2)
    loop.call_soon(order.append, 3)
    loop.call_soon(loop.stop)
    loop.run_forever()
    loop.close()
    assert order == [1, 2, 3]


def test_each_thread_has_tasks_of_its_own():
    meet = threading.Barrier(4)
    seen = []

    async def main():
        loop = asyncio.get_running_loop()
        crowd = [asyncio.create_task(asyncio.sleep(0, n)) for n in range(50)]
        meet.wait()
        assert asyncio.all_tasks() == {*crowd, asyncio.current_task()}
        for _ in range(100):
            await asyncio.sleep(0)
            assert asyncio.current_task().get_loop() is loop
        meet.wait()
        return [task.get_name() for task in crowd]

    def run():
        seen.extend(trueloop.run(main()))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == len(set(seen)) == 200


@pytest.mark.skipif(sys.version_info < (3, 14), reason="asyncio promises it since 3.14")
def test_cancel_waits_for_a_callback_that_runs():
    begun, go_on = threading.Event(), threading.Event()
    steps = []

    def callback():
        begun.set()
        go_on.wait()
        steps.append("callback ended")

    async def main():
        loop = asyncio.get_running_loop()
        handles = []

        def cancel():
            begun.wait()
            releasing = threading.Thread(target=go_on.set)
            releasing.start()
            handles[0].cancel()
            steps.append("cancel returned")
            releasing.join()

        thread = threading.Thread(target=cancel)
        handles.append(loop.call_soon_threadsafe(callback))
        thread.start()
        await asyncio.sleep(0)
        await asyncio.to_thread(thread.join)

    trueloop.run(main())
    assert steps == ["callback ended", "cancel returned"]


def test_a_callback_may_cancel_its_own_handle():
    async def main():
        loop = asyncio.get_running_loop()
        done = loop.create_future()
        handles = []

        def callback():
            handles[0].cancel()
            done.set_result(handles[0].cancelled())

        handles.append(loop.call_soon_threadsafe(callback))
        return await done

    assert trueloop.run(main())


def test_the_current_task_of_another_threads_loop_can_be_asked_for():
    async def main():
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        seen = in_thread(asyncio.current_task, loop)
        assert in_thread(asyncio.current_task, object()) is None
        return seen is task

    assert trueloop.run(main())


def test_a_task_of_asyncios_own_is_current_on_our_loop():
    async def inner():
        return asyncio.current_task()

    async def main():
        task = asyncio.tasks.Task(inner(), loop=asyncio.get_running_loop())
        return await task is task, asyncio.current_task().get_coro().__name__

    assert trueloop.run(main()) == (True, "main")


@pytest.mark.skipif(sys.version_info < (3, 12), reason="eager tasks came with 3.12")
def test_after_an_eager_start_the_outer_task_goes_on_in_its_context():
    variable = contextvars.ContextVar("variable")

    async def inner():
        variable.set("inner")

    async def outer(number):
        variable.set(number)
        await asyncio.sleep(0)
        for factory in (trueloop.Task, asyncio.tasks.Task):
            task = factory(inner(), loop=asyncio.get_running_loop(), eager_start=True)
            assert asyncio.current_task() is not task
            assert variable.get() == number
            await asyncio.sleep(0)
        return variable.get()

    async def main():
        return await asyncio.gather(*(outer(n) for n in range(5)))

    assert trueloop.run(main()) == [0, 1, 2, 3, 4]
