"""The doors for other threads: run_coroutine_threadsafe and call_soon_threadsafe."""

import asyncio
import concurrent.futures
import threading

import pytest


@pytest.fixture
def foreign_loop(new_event_loop):
    """A loop that runs in a thread of its own."""
    loop = new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    yield loop
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


def test_a_coroutine_runs_on_the_loop_of_another_thread(foreign_loop):
    async def where():
        return asyncio.get_running_loop(), threading.get_ident()

    loop, thread = asyncio.run_coroutine_threadsafe(where(), foreign_loop).result()
    assert loop is foreign_loop
    assert thread != threading.get_ident()


def test_its_exception_comes_back(foreign_loop):
    async def fail():
        await asyncio.sleep(0)
        raise OSError("failed over there")

    future = asyncio.run_coroutine_threadsafe(fail(), foreign_loop)
    with pytest.raises(OSError, match=r"^failed over there$"):
        future.result()


def test_cancelling_the_future_cancels_the_task_over_there(foreign_loop):
    started, cancelled = threading.Event(), threading.Event()

    async def worker():
        try:
            started.set()
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    future = asyncio.run_coroutine_threadsafe(worker(), foreign_loop)
    started.wait()
    assert future.cancel()
    assert cancelled.wait(60)
    with pytest.raises(concurrent.futures.CancelledError):
        future.result()


def test_a_cancellation_over_there_comes_back(foreign_loop):
    async def give_up():
        asyncio.current_task().cancel()
        await asyncio.sleep(0)

    future = asyncio.run_coroutine_threadsafe(give_up(), foreign_loop)
    with pytest.raises(concurrent.futures.CancelledError):
        future.result()


def test_it_takes_coroutines_only(foreign_loop):
    with pytest.raises(TypeError, match=r"^A coroutine object is required$"):
        asyncio.run_coroutine_threadsafe(42, foreign_loop)


def test_a_sleeping_loop_is_woken_by_a_threadsafe_call(foreign_loop):
    called = concurrent.futures.Future()
    foreign_loop.call_soon_threadsafe(called.set_result, "woken")
    assert called.result(60) == "woken"


def test_calls_of_one_thread_keep_their_order(foreign_loop):
    log = []
    finished = threading.Event()
    for number in range(1000):
        foreign_loop.call_soon_threadsafe(log.append, number)
    foreign_loop.call_soon_threadsafe(finished.set)
    assert finished.wait(60)
    assert log == list(range(1000))


def test_calls_of_many_threads_all_arrive(foreign_loop):
    log = []

    def send(name):
        for number in range(500):
            foreign_loop.call_soon_threadsafe(log.append, (name, number))

    threads = [threading.Thread(target=send, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    finished = threading.Event()
    foreign_loop.call_soon_threadsafe(finished.set)
    assert finished.wait(60)
    for name in "abcd":
        assert [number for sender, number in log if sender == name] == list(range(500))


def test_two_loops_in_two_threads_can_await_each_others_work(run, foreign_loop):
    async def main():
        async def over_there(value):
            await asyncio.sleep(0)
            return value, asyncio.get_running_loop() is foreign_loop

        futures = [asyncio.run_coroutine_threadsafe(over_there(n), foreign_loop) for n in range(3)]
        return await asyncio.gather(*(asyncio.wrap_future(future) for future in futures))

    assert run(main) == [(0, True), (1, True), (2, True)]


def test_a_closed_loop_refuses(new_event_loop):
    loop = new_event_loop()
    loop.close()
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        loop.call_soon_threadsafe(print)


def test_debug_mode_names_a_call_from_the_wrong_thread(run):
    async def main():
        loop = asyncio.get_running_loop()
        with pytest.raises(
            RuntimeError, match=r"^Non-thread-safe operation invoked on an event loop"
        ):
            await asyncio.to_thread(loop.call_soon, print)

    run(main, debug=True)
