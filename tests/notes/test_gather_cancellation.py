"""Cancelling a gather cancels its children; who does not await it is told by the log alone."""

import asyncio
import gc

import pytest

NEVER_RETRIEVED = "_GatheringFuture exception was never retrieved"


@pytest.fixture
def reports():
    """Messages of the exception handler that `watched` installs."""
    return []


@pytest.fixture
def watched(reports):
    """Returns the running loop with its exception reports going to ``reports``."""

    def watch():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reports.append(context["message"]))

    return watch


def keep_printing(name, log):
    async def worker():
        try:
            while True:
                log.append(name)
                await asyncio.Event().wait()
        except BaseException as error:
            log.append(f"{name}: {type(error).__name__}")
            raise

    return worker()


def test_cancelled_at_once_and_not_awaited_no_child_ever_runs(run, watched, reports):
    log = []

    async def main():
        watched()
        gathered = asyncio.gather(*(keep_printing(name, log) for name in "abc"))
        gathered.cancel()
        del gathered
        for _ in range(5):
            await asyncio.sleep(0)
        gc.collect()
        return list(reports)

    assert run(main) == [NEVER_RETRIEVED]
    assert log == []


def test_cancelled_later_and_not_awaited_the_children_are_cancelled(run, watched, reports):
    log = []

    async def main():
        watched()
        gathered = asyncio.gather(*(keep_printing(name, log) for name in "abc"))
        await asyncio.sleep(0)
        gathered.cancel()
        assert log == ["a", "b", "c"]

    run(main)
    gc.collect()
    assert log[3:] == ["a: CancelledError", "b: CancelledError", "c: CancelledError"]
    assert reports == [NEVER_RETRIEVED]


def test_cancelled_and_awaited_it_raises_and_leaves_no_report(run, watched, reports):
    log = []

    async def main():
        watched()
        gathered = asyncio.gather(*(keep_printing(name, log) for name in "abc"))
        await asyncio.sleep(0)
        gathered.cancel()
        assert not gathered.done()
        with pytest.raises(asyncio.CancelledError):
            await gathered

    run(main)
    gc.collect()
    assert log[3:] == ["a: CancelledError", "b: CancelledError", "c: CancelledError"]
    assert reports == []


def test_cancelling_the_task_that_awaits_it_cancels_every_child(run, watched, reports):
    log = []

    async def main():
        watched()

        async def parent():
            await asyncio.gather(*(keep_printing(name, log) for name in "abc"))

        task = asyncio.create_task(parent())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)
    gc.collect()
    assert log[3:] == ["a: CancelledError", "b: CancelledError", "c: CancelledError"]
    assert reports == []


def test_a_finished_gather_cannot_be_cancelled(run):
    async def main():
        async def work():
            return 42

        gathered = asyncio.gather(work())
        await gathered
        assert gathered.cancel() is False
        return gathered.result()

    assert run(main) == [42]


def test_with_return_exceptions_a_cancelled_gather_still_raises(run):
    log = []

    async def main():
        gathered = asyncio.gather(keep_printing("a", log), return_exceptions=True)
        await asyncio.sleep(0)
        gathered.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathered

    run(main)
    assert log == ["a", "a: CancelledError"]
