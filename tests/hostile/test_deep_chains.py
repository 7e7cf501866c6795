"""A hundred thousand tasks, each of which waits for the next: nothing may need such a stack."""

import asyncio
import gc
import sys
import sysconfig
import threading
import warnings

import pytest

import trueloop

N = 100_000
SMALL_STACK = 256 * 1024


@pytest.fixture
def chain(own_loop):
    """chain(n): (the last task of a chain of n that all wait, the future the first waits for)."""

    async def link(inner):
        return await inner

    def make(n=N):
        future = own_loop.create_future()
        task = own_loop.create_task(link(future))
        for _ in range(n - 1):
            task = own_loop.create_task(link(task))
        own_loop.run_until_complete(asyncio.sleep(0))
        return task, future

    return make


def test_a_result_goes_through(own_loop, chain):
    task, future = chain()
    future.set_result("x")
    assert own_loop.run_until_complete(task) == "x"


def test_an_exception_goes_through_and_its_traceback_dies(own_loop, chain):
    task, future = chain()
    future.set_exception(ZeroDivisionError())
    with pytest.raises(ZeroDivisionError):
        own_loop.run_until_complete(task)
    del task, future
    gc.collect()


def test_a_cancellation_goes_through(own_loop, chain):
    task, future = chain()
    task.cancel()
    assert future.cancelled()
    with pytest.raises(asyncio.CancelledError):
        own_loop.run_until_complete(task)


def test_cancelling_each_takes_no_time_that_grows_with_the_square(own_loop, chain):
    chain()
    tasks = asyncio.all_tasks(own_loop)
    for task in tasks:
        task.cancel()
    own_loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    assert not asyncio.all_tasks(own_loop)


def test_its_description_is_a_recursion_error_at_most(own_loop, chain):
    task, _ = chain()
    with pytest.raises(RecursionError):
        repr(task)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        own_loop.run_until_complete(task)


def test_it_dies_with_its_loop(own_loop, chain):
    task, future = chain()
    own_loop.set_exception_handler(lambda loop, context: None)
    own_loop.close()
    del task
    future.remove_done_callback(print)
    del future
    gc.collect()


def test_futures_that_hold_each_other_as_results(loop):
    future = None
    for _ in range(N):
        outer = loop.create_future()
        outer.set_result(future)
        future = outer
    del outer
    del future


def test_callbacks_that_hold_each_other(loop):
    handle = None
    for _ in range(N):
        handle = loop.call_soon(print, handle)
        handle.cancel()
    assert handle.cancelled()
    handle = None
    for _ in range(N):
        handle = loop.call_later(3600, print, handle)
    loop.close()
    del handle


def test_futures_that_hold_each_other_by_callbacks(loop):
    first = future = loop.create_future()
    for _ in range(N):
        inner = loop.create_future()
        future.add_done_callback(inner.set_result)
        future = inner
    assert not first.done()
    del first, future, inner
    gc.collect()


async def identity(thing):
    return thing


def futures(loop, inner):
    outer = loop.create_future()
    outer.set_result(inner)
    return outer


def failed_futures(loop, inner):
    outer = loop.create_future()
    outer.set_exception(KeyError(inner))
    outer.exception()
    return outer


def finished_tasks(loop, inner):
    outer = loop.create_task(identity(inner))
    loop.run_until_complete(outer)
    return outer


def in_turn(loop, inner):
    return (futures if isinstance(inner, asyncio.Task) else finished_tasks)(loop, inner)


def sleeps(loop, inner):
    return trueloop.sleep(0, inner)


def limited(loop, inner):
    return trueloop.wait_for(inner, 1)


def timers(loop, inner):
    timer = loop.call_later(3600, print, inner)
    timer.cancel()
    return timer


def queues(loop, inner):
    outer = trueloop.Queue()
    outer.put_nowait(inner)
    return outer


@pytest.mark.skipif(
    bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    reason="there CPython's own macros for it allow thousands of levels, and this stack fewer",
)
@pytest.mark.parametrize(
    "link",
    [
        *(futures, failed_futures, finished_tasks, in_turn, sleeps, limited, timers),
        pytest.param(
            queues,
            marks=pytest.mark.skipif(
                sys.version_info[:2] == (3, 13),
                reason="3.13's own macros, by which a deque dies, allow thousands of levels",
            ),
        ),
    ],
)
def test_a_row_dies_in_a_thread_with_a_small_stack(own_loop, link):
    died = []

    def make_and_drop():
        row = None
        for _ in range(N // 4):
            row = link(own_loop, row)
        del row
        died.append(True)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # nobody awaits them
        before = threading.stack_size(SMALL_STACK)
        try:
            thread = threading.Thread(target=make_and_drop)
            thread.start()
        finally:
            threading.stack_size(before)
        thread.join()
    assert died


def test_one_that_comes_back_while_a_row_dies(own_loop):
    back = []

    class Task(trueloop.Task):
        def __del__(self):
            back.append(self)

    row = None
    for number in range(1000):
        outer = own_loop.create_future()
        if number % 100 == 50:
            row = Task(identity(row), loop=own_loop)
            own_loop.run_until_complete(row)
        outer.set_result(row)
        row = outer
    del row, outer
    assert len(back) == 1
    assert back.pop().result().done()


def test_awaitables_that_go_deeper_than_the_stack_are_a_recursion_error(run):
    async def deeper():
        await deeper()

    async def main():
        with pytest.raises(RecursionError):
            await deeper()
        return "went on"

    assert run(main) == "went on"


def test_tasks_that_start_each_other_eagerly(own_loop):
    if sys.version_info < (3, 12):
        pytest.skip("eager tasks came with Python 3.12")
    own_loop.set_task_factory(asyncio.eager_task_factory)

    async def deeper():
        await own_loop.create_task(deeper())

    with pytest.raises(RecursionError):
        own_loop.run_until_complete(deeper())


def test_an_interrupted_recursion_in_a_callback_ends_there(loop):
    def deeper():
        deeper()

    seen = []
    loop.set_exception_handler(lambda loop, context: seen.append(type(context["exception"])))
    loop.call_soon(deeper)
    loop.run_until_complete(asyncio.sleep(0))
    assert seen == [RecursionError]
