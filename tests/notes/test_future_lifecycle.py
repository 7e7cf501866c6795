"""A future can be awaited, inspected, called back from and cancelled, and ends exactly once."""

import asyncio

import pytest


async def job(name, log):
    log.append(f"{name} starts")
    try:
        await asyncio.sleep(0)
    except asyncio.CancelledError:
        log.append(f"{name} cancelled")
        raise
    log.append(f"{name} returns")
    return name


def test_futures_of_a_coroutine_and_of_a_task_run_side_by_side(run):
    async def main():
        log = []
        of_coroutine = asyncio.ensure_future(job("coroutine", log))
        of_task = asyncio.ensure_future(asyncio.create_task(job("task", log)))
        assert await of_coroutine == "coroutine"
        assert await of_task == "task"
        return log

    assert run(main) == ["coroutine starts", "task starts", "coroutine returns", "task returns"]


def test_a_pending_future_says_so(run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        assert not future.done()
        assert not future.cancelled()
        with pytest.raises(asyncio.InvalidStateError, match=r"^Result is not (set|ready)\.$"):
            future.result()
        with pytest.raises(asyncio.InvalidStateError, match=r"^Exception is not set\.$"):
            future.exception()
        future.cancel()

    run(main)


def test_a_finished_future_tells_its_result(run):
    async def main():
        future = asyncio.ensure_future(job("inspected", []))
        await future
        assert future.done()
        assert not future.cancelled()
        assert future.result() == "inspected"
        assert future.exception() is None

    run(main)


def test_a_failed_future_tells_and_raises_its_exception(run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        error = ValueError("broken")
        future.set_exception(error)
        assert future.done()
        assert not future.cancelled()
        assert future.exception() is error
        with pytest.raises(ValueError, match=r"^broken$"):
            future.result()
        with pytest.raises(ValueError, match=r"^broken$"):
            await future

    run(main)


def test_a_cancelled_future_raises_from_every_question(run):
    async def main():
        log = []
        future = asyncio.ensure_future(asyncio.create_task(job("victim", log)))
        await asyncio.sleep(0)
        assert future.cancel()
        with pytest.raises(asyncio.CancelledError):
            await future
        assert future.done()
        assert future.cancelled()
        with pytest.raises(asyncio.CancelledError):
            future.result()
        with pytest.raises(asyncio.CancelledError):
            future.exception()
        return log

    assert run(main) == ["victim starts", "victim cancelled"]


def test_a_callback_gets_the_finished_future(run):
    async def main():
        log = []
        future = asyncio.ensure_future(job("work", log))
        future.add_done_callback(
            lambda finished: log.append((finished is future, finished.result()))
        )
        await future
        await asyncio.sleep(0)
        return log

    assert run(main) == ["work starts", "work returns", (True, "work")]


def test_callbacks_run_in_the_order_they_were_added_and_never_at_once(run):
    async def main():
        log = []
        future = asyncio.get_running_loop().create_future()
        for name in "abc":
            future.add_done_callback(lambda _, name=name: log.append(name))
        future.set_result(None)
        assert log == []
        await asyncio.sleep(0)
        return log

    assert run(main) == ["a", "b", "c"]


def test_a_callback_added_to_a_finished_future_runs_soon(run):
    async def main():
        log = []
        future = asyncio.get_running_loop().create_future()
        future.set_result("late")
        future.add_done_callback(lambda finished: log.append(finished.result()))
        assert log == []
        await asyncio.sleep(0)
        return log

    assert run(main) == ["late"]


def test_a_callback_runs_before_the_one_who_awaited_after_it_was_added(run):
    async def main():
        log = []
        future = asyncio.get_running_loop().create_future()

        async def waiter():
            await future
            log.append("waiter")

        future.add_done_callback(lambda _: log.append("before"))
        task = asyncio.create_task(waiter())
        await asyncio.sleep(0)
        future.add_done_callback(lambda _: log.append("after"))
        future.set_result(None)
        await task
        return log

    assert run(main) == ["before", "waiter", "after"]


def test_callbacks_of_a_cancelled_future_run_too(run):
    async def main():
        log = []
        future = asyncio.get_running_loop().create_future()
        future.add_done_callback(lambda finished: log.append(finished.cancelled()))
        future.cancel()
        await asyncio.sleep(0)
        return log

    assert run(main) == [True]


def test_a_removed_callback_does_not_run(run):
    async def main():
        log = []
        future = asyncio.get_running_loop().create_future()

        def note(_):
            log.append("removed callback")

        future.add_done_callback(note)
        future.add_done_callback(note)
        future.add_done_callback(lambda _: log.append("kept callback"))
        assert future.remove_done_callback(note) == 2
        assert future.remove_done_callback(note) == 0
        future.set_result(None)
        await asyncio.sleep(0)
        return log

    assert run(main) == ["kept callback"]


def test_a_failing_callback_is_reported_and_the_others_still_run(run):
    async def main():
        log = []
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: log.append(str(context["exception"])))
        future = loop.create_future()

        def fail(_):
            raise OSError("callback failed")

        future.add_done_callback(fail)
        future.add_done_callback(lambda _: log.append("next"))
        future.set_result(None)
        await asyncio.sleep(0)
        return log

    assert run(main) == ["callback failed", "next"]


def test_a_future_ends_only_once(run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        future.set_result("first")
        with pytest.raises(asyncio.InvalidStateError):
            future.set_result("second")
        with pytest.raises(asyncio.InvalidStateError):
            future.set_exception(ValueError())
        assert future.cancel() is False
        return await future

    assert run(main) == "first"


def test_all_who_await_a_future_are_woken_in_order(run):
    async def main():
        log = []
        future = asyncio.get_running_loop().create_future()

        async def waiter(name):
            log.append((name, await future))

        tasks = [asyncio.create_task(waiter(name)) for name in "abc"]
        await asyncio.sleep(0)
        future.set_result("go")
        await asyncio.wait(tasks)
        return log

    assert run(main) == [("a", "go"), ("b", "go"), ("c", "go")]


def test_awaiting_a_finished_future_does_not_suspend(run):
    async def main():
        log = []
        asyncio.get_running_loop().call_soon(log.append, "other")
        future = asyncio.get_running_loop().create_future()
        future.set_result(42)
        assert await future == 42
        return list(log)

    assert run(main) == []


def test_an_exception_nobody_retrieves_is_reported_when_the_future_dies(run):
    reports = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reports.append(context))
        future = loop.create_future()
        future.set_exception(OSError("nobody asks"))
        del future

    run(main)
    (report,) = reports
    assert report["message"] == "Future exception was never retrieved"
    assert str(report["exception"]) == "nobody asks"
