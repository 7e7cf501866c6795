"""Three things can be awaited: a coroutine, a task, a future. A task is a future."""

import asyncio
import concurrent.futures
import inspect
import threading

import pytest


async def answer():
    await asyncio.sleep(0)
    return 42


def test_coroutine_task_and_future_can_be_awaited(run):
    async def main():
        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(future.set_result, 42)
        return await answer(), await asyncio.create_task(answer()), await future

    assert run(main) == (42, 42, 42)


def test_a_coroutine_is_awaited_once_a_task_as_often_as_wanted(run):
    async def main():
        task = asyncio.create_task(answer())
        assert [await task, await task] == [42, 42]
        coroutine = answer()
        await coroutine
        with pytest.raises(RuntimeError, match="cannot reuse already awaited coroutine"):
            await coroutine

    run(main)


def test_a_task_is_a_handle_that_several_others_can_await(run):
    async def main():
        task = asyncio.create_task(answer())

        async def wait_for_it():
            return await task

        return await asyncio.gather(wait_for_it(), wait_for_it(), wait_for_it())

    assert run(main) == [42, 42, 42]


def test_ensure_future_makes_a_task_of_a_coroutine_and_keeps_a_future(run):
    async def main():
        task = asyncio.ensure_future(answer())
        assert isinstance(task, asyncio.Task)
        assert asyncio.ensure_future(task) is task
        future = asyncio.get_running_loop().create_future()
        assert asyncio.ensure_future(future) is future
        future.cancel()
        return await task

    assert run(main) == 42


def test_ensure_future_takes_any_object_with_an_await_method(run):
    class Answer:
        def __await__(self):
            yield from answer().__await__()
            return "awaited"

    async def main():
        assert await Answer() == "awaited"
        return await asyncio.ensure_future(Answer())

    assert run(main) == "awaited"


def test_ensure_future_refuses_what_cannot_be_awaited(run):
    async def main():
        with pytest.raises(TypeError, match=r"a coroutine or an awaitable is required"):
            await asyncio.ensure_future(42)

    run(main)


def test_a_future_lends_its_interface_from_concurrent_futures(run):
    shared = {"done", "cancel", "cancelled", "result", "exception", "add_done_callback"}

    async def main():
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        return {name for name in shared if callable(getattr(future, name))}

    assert run(main) == {name for name in shared if hasattr(concurrent.futures.Future, name)}


def test_a_concurrent_future_finished_in_another_thread_can_be_awaited(run):
    async def main():
        elsewhere = concurrent.futures.Future()
        thread = threading.Thread(target=elsewhere.set_result, args=(42,))
        wrapped = asyncio.wrap_future(elsewhere)
        assert isinstance(wrapped, asyncio.Future)
        thread.start()
        result = await wrapped
        thread.join()
        return result

    assert run(main) == 42


def test_cancelling_the_wrapper_cancels_the_concurrent_future(run):
    async def main():
        elsewhere = concurrent.futures.Future()
        wrapped = asyncio.wrap_future(elsewhere)
        wrapped.cancel()
        with pytest.raises(asyncio.CancelledError):
            await wrapped
        await asyncio.sleep(0)
        assert elsewhere.cancelled()

    run(main)


def test_tasks_and_futures_are_recognised_by_asyncio_and_inspect(run):
    async def main():
        task = asyncio.current_task()
        future = asyncio.get_running_loop().create_future()
        assert asyncio.isfuture(task)
        assert asyncio.isfuture(future)
        assert inspect.isawaitable(task)
        assert inspect.isawaitable(future)
        assert not asyncio.iscoroutine(task)
        assert inspect.iscoroutine(task.get_coro())
        assert future.get_loop() is task.get_loop() is asyncio.get_running_loop()

    run(main)
