"""run_in_executor: what a thread pool does for a loop, by a native item or CPython's way."""

import asyncio
import concurrent.futures
import gc
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest

from trueloop.kernel.workitem import WorkItem


class Gate:
    """Holds a worker until it is opened, and tells when a worker is there."""

    def __init__(self):
        self.reached = threading.Event()
        self.opened = threading.Event()

    def __call__(self):
        self.reached.set()
        assert self.opened.wait(60)
        return "through"


@pytest.fixture
def pool():
    with ThreadPoolExecutor(1) as pool:
        yield pool


@pytest.fixture
def gate():
    gate = Gate()
    yield gate
    gate.opened.set()


def raiser(error):
    def raise_it():
        raise error

    return raise_it


class Own(BaseException):
    pass


@pytest.mark.parametrize("default", [True, False])
def test_result_and_arguments(either_loop, pool, default):
    async def main():
        executor = None if default else pool
        calls = [either_loop.run_in_executor(executor, divmod, n, 3) for n in range(20)]
        return await asyncio.gather(*calls)

    assert either_loop.run_until_complete(main()) == [divmod(n, 3) for n in range(20)]
    either_loop.run_until_complete(either_loop.shutdown_default_executor())


@pytest.mark.parametrize(
    "error",
    [ValueError("no"), Own(), SystemExit(3), KeyboardInterrupt()],
    ids=repr,
)
def test_whatever_is_raised_is_the_futures(either_loop, pool, error):
    async def main():
        future = either_loop.run_in_executor(pool, raiser(error))
        await asyncio.wait([future])
        return future.exception()

    assert either_loop.run_until_complete(main()) is error


@pytest.mark.parametrize(
    ("raised", "expected"),
    [
        (concurrent.futures.CancelledError("why"), asyncio.CancelledError),
        (concurrent.futures.InvalidStateError("why"), asyncio.InvalidStateError),
        (asyncio.CancelledError("why"), asyncio.CancelledError),
    ],
)
def test_errors_of_concurrent_futures_become_asyncios(either_loop, pool, raised, expected):
    async def main():
        future = either_loop.run_in_executor(pool, raiser(raised))
        await asyncio.wait([future])
        error = future.exception()
        return type(error), error.args, future.cancelled()

    assert either_loop.run_until_complete(main()) == (expected, ("why",), False)


def test_stop_iteration_cannot_be_raised_into_a_future(either_loop, pool):
    reports = []

    async def main():
        reported = asyncio.Event()

        def report(loop, context):
            reports.append(context["exception"])
            reported.set()

        either_loop.set_exception_handler(report)
        future = either_loop.run_in_executor(pool, next, iter(()))
        future.add_done_callback(lambda _: reported.set())
        await reported.wait()
        return future.exception() if future.done() else reports.pop()

    error = either_loop.run_until_complete(main())
    assert type(error) in (TypeError, RuntimeError)  # bug fixes of 3.12 brought the latter
    assert "StopIteration interacts badly" in str(error)
    assert reports == []


def test_a_future_ends_between_two_steps_of_the_loop(either_loop, pool, gate):
    async def main():
        future = either_loop.run_in_executor(pool, gate)
        gate.opened.set()
        pool.submit(int).result()  # so the worker has ended the call
        before = future.done()
        return before, await future

    assert either_loop.run_until_complete(main()) == (False, "through")


def test_a_call_that_is_cancelled_in_the_queue_is_not_made(either_loop, pool, gate):
    called = []

    async def main():
        first = either_loop.run_in_executor(pool, gate)
        second = either_loop.run_in_executor(pool, called.append, 1)
        third = either_loop.run_in_executor(pool, called.append, 2)
        gate.reached.wait()
        second.cancel()
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        gate.opened.set()
        await first
        await third

    either_loop.run_until_complete(main())
    assert called == [2]


def test_a_call_that_is_cancelled_at_work_goes_on_and_nobody_hears_of_it(either_loop, pool, gate):
    reports = []
    either_loop.set_exception_handler(lambda loop, context: reports.append(context))

    async def main():
        future = either_loop.run_in_executor(pool, gate)
        gate.reached.wait()
        assert future.cancel()
        gate.opened.set()
        assert await either_loop.run_in_executor(pool, int) == 0
        await asyncio.sleep(0)
        return future.cancelled()

    assert either_loop.run_until_complete(main())
    assert reports == []


def _tells_at_once():
    """Whether asyncio's future hears at once of what happens in its loop's own thread.

    From 3.15 on, and with later releases of 3.14.
    """
    job = concurrent.futures.Future()
    future = asyncio.wrap_future(job)
    job.cancel()
    return future.cancelled()


def test_shutdown_cancels_what_no_worker_has_begun(either_loop, gate):
    pool = ThreadPoolExecutor(1)

    async def main():
        first = either_loop.run_in_executor(pool, gate)
        others = [either_loop.run_in_executor(pool, int) for _ in range(3)]
        gate.reached.wait()
        pool.shutdown(wait=False, cancel_futures=True)
        at_once = {future.cancelled() for future in others}
        await asyncio.wait(others)
        gate.opened.set()
        assert at_once == {_tells_at_once()}
        return await first, [future.cancelled() for future in others]

    assert either_loop.run_until_complete(main()) == ("through", [True] * 3)
    pool.shutdown()


def test_a_pool_that_was_shut_down_refuses(either_loop, pool):
    pool.shutdown()
    with pytest.raises(RuntimeError, match=r"^cannot schedule new futures after shutdown$"):
        either_loop.run_in_executor(pool, int)


def test_the_default_pool_refuses_after_its_shutdown(either_loop):
    async def main():
        await either_loop.run_in_executor(None, int)
        await either_loop.shutdown_default_executor()
        with pytest.raises(RuntimeError, match=r"^Executor shutdown has been called$"):
            either_loop.run_in_executor(None, int)

    either_loop.run_until_complete(main())


def test_a_closed_loop_refuses(either_loop, pool):
    either_loop.close()
    with pytest.raises(RuntimeError, match=r"^Event loop is closed$"):
        either_loop.run_in_executor(pool, int)


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_calls_wait_in_vain_for_a_pool_whose_workers_cannot_begin(either_loop, gate):
    def begin():
        gate()
        raise ValueError("no worker")

    async def main():
        with ThreadPoolExecutor(1, initializer=begin) as pool:
            calls = [either_loop.run_in_executor(pool, int) for _ in range(3)]
            gate.opened.set()
            await asyncio.wait(calls)
            with pytest.raises(concurrent.futures.thread.BrokenThreadPool):
                either_loop.run_in_executor(pool, int)
            return [type(call.exception()) for call in calls]

    broken = concurrent.futures.thread.BrokenThreadPool
    assert either_loop.run_until_complete(main()) == [broken] * 3


def test_a_loop_that_was_closed_meanwhile_hears_nothing(either_loop, pool, gate):
    either_loop.call_soon(either_loop.stop)
    future = either_loop.run_in_executor(pool, gate)
    either_loop.run_forever()
    either_loop.close()
    gate.opened.set()
    pool.shutdown()
    assert not future.done()


def test_a_call_that_ends_while_the_loop_stands_still_is_told_when_it_goes_on(either_loop, pool):
    future = either_loop.run_in_executor(pool, int)
    pool.shutdown()
    assert not future.done()
    assert either_loop.run_until_complete(future) == 0


def test_each_call_that_finds_no_idle_worker_starts_one(either_loop):
    gates = [Gate() for _ in range(3)]

    async def main():
        with ThreadPoolExecutor(5) as pool:
            calls = [either_loop.run_in_executor(pool, gate) for gate in gates]
            for gate in gates:
                gate.reached.wait()
            workers = len(pool._threads)
            for gate in gates:
                gate.opened.set()
            await asyncio.gather(*calls)
            return workers

    assert either_loop.run_until_complete(main()) == 3


def test_nothing_is_kept_of_a_call_that_is_over(either_loop, pool):
    class Thing:
        pass

    async def main():
        given, made = Thing(), []

        def make(given):
            made.append(weakref.ref(given))
            thing = Thing()
            made.append(weakref.ref(thing))
            return thing

        await either_loop.run_in_executor(pool, make, given)
        del given
        await either_loop.run_in_executor(pool, int)
        return [each() for each in made]

    gc.disable()
    try:
        assert either_loop.run_until_complete(main()) == [None, None]
    finally:
        gc.enable()


def test_a_future_that_somebody_else_has_finished_is_reported(either_loop, pool, gate):
    reports = []

    async def main():
        reported = asyncio.Event()

        def report(loop, context):
            reports.append(context["exception"])
            reported.set()

        either_loop.set_exception_handler(report)
        future = either_loop.run_in_executor(pool, gate)
        future.set_result("by somebody else")
        gate.opened.set()
        await reported.wait()
        return future.result()

    assert either_loop.run_until_complete(main()) == "by somebody else"
    assert [type(error) for error in reports] == [AssertionError]


def test_a_method_that_was_replaced_is_called(either_loop, pool, monkeypatch):
    submitted = []
    submit = ThreadPoolExecutor.submit

    def noting(executor, given, /, *args):
        function = given
        for wrapper in ("func", "function"):  # context.run's, and the detectors'
            function = getattr(function, wrapper, function)
        submitted.append(function)
        return submit(executor, given, *args)

    class Derived(ThreadPoolExecutor):
        submit = noting

    with Derived(1) as derived:
        either_loop.run_until_complete(either_loop.run_in_executor(derived, int))
    pool.submit = lambda *args: noting(pool, *args)
    either_loop.run_until_complete(either_loop.run_in_executor(pool, float))
    del pool.submit
    either_loop.run_until_complete(either_loop.run_in_executor(pool, str))
    with monkeypatch.context() as patch:
        patch.setattr(ThreadPoolExecutor, "submit", noting)
        either_loop.run_until_complete(either_loop.run_in_executor(pool, list))
    either_loop.run_until_complete(either_loop.run_in_executor(pool, tuple))
    assert submitted == [int, float, list]


def test_a_loops_replaced_methods_are_called(either_loop, pool):
    made = []

    def create_future():
        made.append(type(either_loop).create_future(either_loop))
        return made[-1]

    either_loop.create_future = create_future
    future = either_loop.run_in_executor(pool, int)
    assert made == [future]
    del either_loop.create_future
    assert either_loop.run_until_complete(future) == 0


def test_what_stands_in_the_queue_is_native(bare_loop, pool, gate):
    bare_loop.set_debug(False)  # or it is CPython's way

    def submits_here():
        return bare_loop.run_in_executor(pool, max, 1, 2)

    async def main():
        first = bare_loop.run_in_executor(pool, gate)
        gate.reached.wait()
        second = submits_here()
        item = pool._work_queue.get_nowait()
        assert type(item) is WorkItem
        assert (item.function, item.is_at_work) == (max, False)
        assert [each[2].rpartition(".")[2] for each in item.callers][1:3] == [
            "submits_here",
            "main",
        ]
        assert item.task_created_at[2] == test_what_stands_in_the_queue_is_native.__qualname__
        pool._work_queue.put(item)
        gate.opened.set()
        return await first, await second

    assert bare_loop.run_until_complete(main()) == ("through", 2)


def test_in_debug_mode_the_function_is_checked(either_loop, pool):
    async def coroutine():
        pass

    either_loop.set_debug(True)
    with pytest.raises(TypeError, match="coroutines cannot be used with run_in_executor"):
        either_loop.run_in_executor(pool, coroutine)
