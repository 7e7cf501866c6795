"""What the caller sees of a cancellation: re-raised, swallowed, converted, or left alone."""

import asyncio

import pytest


async def cancel_and_join(worker):
    """Cancel ``worker`` at its first suspension; return its task, or raise what it raised."""
    task = asyncio.create_task(worker())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return task


def test_caught_and_raised_again_the_caller_sees_a_cancellation(run):
    log = []

    async def worker():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cleanup")
            raise

    async def main():
        task = await cancel_and_join(worker)
        assert task.cancelled()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)
    assert log == ["cleanup"]


def test_swallowed_the_caller_sees_a_success(run):
    async def worker():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            return "ok"

    async def main():
        task = await cancel_and_join(worker)
        assert not task.cancelled()
        assert task.cancelling() == 1
        return await task

    assert run(main) == "ok"


def test_swallowed_the_task_goes_on_until_it_wants_to_end(run):
    log = []

    async def worker():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("swallowed")
        for step in range(3):
            await asyncio.sleep(0)
            log.append(step)

    async def main():
        task = await cancel_and_join(worker)
        assert task.result() is None

    run(main)
    assert log == ["swallowed", 0, 1, 2]


def test_without_except_the_finally_runs_and_the_caller_sees_a_cancellation(run):
    log = []

    async def worker():
        try:
            await asyncio.Event().wait()
        finally:
            log.append("finally")

    async def main():
        task = await cancel_and_join(worker)
        assert task.cancelled()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)
    assert log == ["finally"]


def test_converted_the_caller_sees_the_other_error(run):
    async def worker():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError as error:
            raise ConnectionError("gave up") from error

    async def main():
        task = await cancel_and_join(worker)
        assert not task.cancelled()
        with pytest.raises(ConnectionError, match=r"^gave up$") as caught:
            await task
        assert isinstance(caught.value.__cause__, asyncio.CancelledError)

    run(main)


def test_except_exception_does_not_catch_a_cancellation(run):
    log = []

    async def worker():
        try:
            await asyncio.Event().wait()
        except Exception:
            log.append("caught")

    async def main():
        task = await cancel_and_join(worker)
        assert task.cancelled()

    run(main)
    assert log == []
    assert not issubclass(asyncio.CancelledError, Exception)


@pytest.mark.parametrize("catch_all", [BaseException, asyncio.CancelledError])
def test_catching_everything_swallows_it(run, catch_all):
    async def worker():
        try:
            await asyncio.Event().wait()
        except catch_all as error:
            return type(error)

    async def main():
        return (await cancel_and_join(worker)).result()

    assert run(main) is asyncio.CancelledError


def test_a_second_cancellation_reaches_a_task_that_swallowed_the_first(run):
    log = []

    async def worker():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("first")
        await asyncio.Event().wait()

    async def main():
        task = asyncio.create_task(worker())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.sleep(0)
        assert log == ["first"]
        assert not task.done()
        task.cancel()
        assert task.cancelling() == 2
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)


def test_uncancel_takes_a_request_back(run):
    async def worker():
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()
        return "went on"

    async def main():
        task = await cancel_and_join(worker)
        assert task.cancelling() == 0
        return task.result()

    assert run(main) == "went on"


def test_an_error_in_the_cleanup_replaces_the_cancellation(run):
    async def worker():
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("cleanup failed")

    async def main():
        task = await cancel_and_join(worker)
        with pytest.raises(OSError, match=r"^cleanup failed$") as caught:
            await task
        assert isinstance(caught.value.__context__, asyncio.CancelledError)

    run(main)
