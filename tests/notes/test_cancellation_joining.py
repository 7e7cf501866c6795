"""Cancel, then await: only the one who awaits a cancelled task hears of it."""

import asyncio

import pytest


def start_worker(log, name="worker"):
    async def worker():
        try:
            log.append(f"{name} starts")
            await asyncio.Event().wait()
            log.append(f"{name} ends")
        except asyncio.CancelledError:
            log.append(f"{name} cleans up")
            raise

    return asyncio.create_task(worker(), name=name)


def test_awaiting_the_cancelled_task_runs_its_cleanup_first(run):
    async def main():
        log = []
        task = start_worker(log)
        await asyncio.sleep(0)
        task.cancel()
        log.append("cancelled")
        try:
            await task
        except asyncio.CancelledError:
            log.append("main saw it")
        return log

    assert run(main) == ["worker starts", "cancelled", "worker cleans up", "main saw it"]


def test_without_an_await_the_cleanup_runs_but_nobody_is_told(run):
    async def main():
        log = []
        task = start_worker(log)
        await asyncio.sleep(0)
        task.cancel()
        assert log == ["worker starts"]
        await asyncio.sleep(0)
        log.append("main goes on")
        assert task.cancelled()
        return log

    assert run(main) == ["worker starts", "worker cleans up", "main goes on"]


def test_cancel_returns_a_bool_so_awaiting_it_is_a_type_error(run):
    """The note awaits ``task.cancel()``; what must be awaited is the task."""

    async def main():
        log = []
        task = start_worker(log)
        await asyncio.sleep(0)
        with pytest.raises(
            TypeError, match=r"bool.* can't be (used in 'await' expression|awaited)"
        ):
            await task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)


def test_cancelling_a_finished_task_does_nothing(run):
    async def main():
        async def work():
            return 42

        task = asyncio.create_task(work())
        await task
        assert task.cancel() is False
        assert not task.cancelled()
        assert task.cancelling() == 0
        return task.result()

    assert run(main) == 42


def test_cancelling_the_awaiting_task_cancels_only_what_it_awaits_now(run):
    """The first of two children is awaited and falls; the second lives until the run ends."""
    log = []
    tasks = []

    async def parent():
        tasks.extend([start_worker(log, "first"), start_worker(log, "second")])
        await tasks[0]
        await tasks[1]

    async def main():
        task = asyncio.create_task(parent())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert tasks[0].cancelled()
        assert not tasks[1].done()
        log.append("main returns")

    run(main)
    assert log == [
        *("first starts", "second starts"),
        *("first cleans up", "main returns", "second cleans up"),
    ]
    assert tasks[1].cancelled()


def test_the_cancellation_of_an_unawaited_parent_is_not_raised_in_main(run):
    log = []

    async def parent():
        await start_worker(log)

    async def main():
        task = asyncio.create_task(parent())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        for _ in range(3):
            await asyncio.sleep(0)
        assert task.cancelled()
        return "no exception"

    assert run(main) == "no exception"
    assert log == ["worker starts", "worker cleans up"]


def test_tasks_still_running_when_main_returns_are_cancelled_and_awaited(run):
    log = []
    tasks = []

    async def worker(name):
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            log.append(name)

    async def main():
        tasks.extend(asyncio.create_task(worker(name)) for name in "abc")
        await asyncio.sleep(0)

    run(main)
    assert sorted(log) == ["a", "b", "c"]
    assert all(task.cancelled() for task in tasks)


def test_a_task_cancelled_at_the_end_of_the_run_that_fails_is_reported(run):
    reports = []

    async def worker():
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("cleanup failed")

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda loop, context: reports.append(context))
        task = asyncio.create_task(worker())
        await asyncio.sleep(0)
        assert not task.done()

    run(main)
    (report,) = reports
    assert report["message"] == "unhandled exception during asyncio.run() shutdown"
    assert str(report["exception"]) == "cleanup failed"
