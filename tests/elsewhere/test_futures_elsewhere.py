"""Futures and tasks without a kernel: asyncio's own, but they know who has read them."""

import asyncio
import contextlib
import gc
import sys
import traceback
import weakref

import pytest

from trueloop import elsewhere, observable
from trueloop.elsewhere.loop import EventLoop


@pytest.fixture
def loop():
    loop = EventLoop()
    yield loop
    loop.close()


@pytest.fixture
def failed(loop):
    """A future that has failed; what it tells when it dies is not printed."""
    loop.set_exception_handler(lambda loop, context: None)
    future = loop.create_future()
    future.set_exception(ValueError("told"))
    return future


def test_they_are_asyncios(loop):
    async def nothing():
        pass

    task = loop.create_task(nothing())
    loop.run_until_complete(task)

    assert isinstance(task, asyncio.Task)
    assert isinstance(task, elsewhere.Future)
    assert isinstance(loop.create_future(), asyncio.Future)
    assert repr(task).startswith("<Task finished name='Task-")
    assert observable.is_own(task)
    assert not observable.is_own(asyncio.Future(loop=loop))


def test_a_failure_is_unread_at_first(failed):
    assert failed.reads == 0
    assert failed._log_traceback


@pytest.mark.parametrize("name", ["result", "exception"])
def test_asking_is_reading(failed, name):
    with contextlib.suppress(ValueError):
        getattr(failed, name)()

    assert failed.reads == 1
    assert not failed._log_traceback


@pytest.mark.parametrize("is_done", [True, False])
def test_awaiting_is_reading(loop, is_done):
    future = loop.create_future()

    async def main():
        if is_done:
            future.set_exception(ValueError())
        else:
            loop.call_soon(future.set_exception, ValueError())
        with pytest.raises(ValueError, match=r"^$"):
            await future

    loop.run_until_complete(main())

    assert future.reads == 1


def test_the_programs_wish_for_silence_counts_as_reading(failed):
    failed._log_traceback = False

    assert failed.reads == 1


def test_cancelling_what_has_failed_is_not_reading(failed):
    assert not failed.cancel()

    assert failed.reads == 0


def test_what_plumbing_has_dropped_can_still_be_read(loop, failed):
    loop.hooks.read_by_plumbing = lambda future: False
    elsewhere.hooks.skip_reader(test_what_plumbing_has_dropped_can_still_be_read.__code__)
    failed.exception()
    assert failed.reads == 0

    (lambda: failed.exception())()
    assert failed.reads == 1


def test_a_result_is_not_counted(loop):
    future = loop.create_future()
    future.set_result(3)

    assert future.result() == 3
    assert future.reads == 0


def test_a_dying_failure_is_told_once_and_asyncio_reports_it(loop):
    lost, reported = [], []
    loop.set_exception_handler(lambda loop, context: reported.append(context["message"]))
    loop.hooks.exception_lost = lambda future: lost.append(future._exception.args)
    future = loop.create_future()
    future.set_exception(ValueError("lost"))
    del future
    gc.collect()

    assert lost == [("lost",)]
    assert reported == ["Future exception was never retrieved"]


def test_tracebacks_have_no_entries_of_ours(loop, failed):
    async def wait():
        await failed

    with pytest.raises(ValueError, match=r"^told$") as caught:
        loop.run_until_complete(loop.create_task(wait()))

    files = {entry.filename for entry in traceback.extract_tb(caught.value.__traceback__)}
    assert elsewhere.future.__file__ not in files


def test_a_task_knows_who_created_it(loop):
    async def main():
        task = asyncio.create_task(asyncio.sleep(0))
        (child,) = asyncio.all_tasks() - {asyncio.current_task()}
        await asyncio.gather(task, asyncio.sleep(0))
        return child.created_at

    file, line, function = loop.run_until_complete(main())

    assert (file, line) == (__file__, main.__code__.co_firstlineno + 1)
    assert function.endswith("<locals>.main")


@pytest.mark.skipif(sys.version_info < (3, 14), reason="eager_start came to create_task with 3.14")
def test_a_task_that_ends_in_its_eager_step_is_told_of(loop):
    finished = []
    loop.hooks.task_finished = finished.append

    async def main():
        async def nothing():
            return 1

        return loop.create_task(nothing(), eager_start=True)

    task = loop.run_until_complete(main())

    assert finished[0] is task


def source_of(make):
    """The last line of the source traceback that debug mode records."""
    loop = make()
    loop.set_debug(True)
    try:
        future = loop.create_future()
        handle = loop.call_soon(print)
        timer = loop.call_later(1, print)
        return [each._source_traceback[-1].name for each in (future, handle, timer)]
    finally:
        loop.close()


def test_debug_mode_shows_the_same_lines_as_asyncios(loop):
    assert source_of(EventLoop) == source_of(asyncio.SelectorEventLoop)


def test_debug_mode_shows_where_a_task_was_created(loop):
    loop.set_debug(True)

    async def main():
        task = loop.create_task(asyncio.sleep(0))
        await task
        return task._source_traceback[-1].name

    assert loop.run_until_complete(main()) == "main"


def test_a_callback_that_is_no_python_function_knows_who_scheduled_it(loop):
    handle = loop.call_soon(list)
    timer = loop.call_later(10, dict)
    own = loop.call_soon(lambda: None)
    here = test_a_callback_that_is_no_python_function_knows_who_scheduled_it.__code__

    assert handle.created_at[1:] == (here.co_firstlineno + 1, here.co_qualname)
    assert timer.created_at[1:] == (here.co_firstlineno + 2, here.co_qualname)
    assert isinstance(timer, asyncio.TimerHandle)
    assert type(own) is asyncio.Handle


def test_nothing_is_kept_alive(loop):
    async def main():
        task = loop.create_task(asyncio.sleep(0))
        await task
        return weakref.ref(task)

    task = loop.run_until_complete(main())
    gc.collect()

    assert task() is None


def test_a_task_refuses_an_outcome_from_outside(loop):
    task = loop.create_task(asyncio.sleep(0))

    with pytest.raises(RuntimeError, match="does not support set_exception"):
        task.set_exception(ValueError())
    with pytest.raises(RuntimeError, match="does not support set_result"):
        task.set_result(None)
    loop.run_until_complete(task)


def test_a_pending_task_that_dies_is_reported_by_asyncio(loop):
    reported = []
    loop.set_exception_handler(lambda loop, context: reported.append(context["message"]))

    async def wait():
        await loop.create_future()

    async def main():
        loop.create_task(wait())
        await asyncio.sleep(0)
        gc.collect()

    loop.run_until_complete(main())

    assert reported == ["Task was destroyed but it is pending!"]
