"""What the cases do not show of swallowed-cancellation: the finding itself, and what it keeps."""

# ruff: noqa: SIM105 - the programs are what is tested

import asyncio
import gc
import weakref

import pytest

import trueloop
from trueloop.diagnostics import Severity, deliveries
from trueloop.diagnostics.detectors import swallowed_cancellation

pytestmark = pytest.mark.usefixtures("accelerated")


async def ignore():
    try:
        await asyncio.sleep(60)
    except asyncio.CancelledError:
        pass
    await asyncio.sleep(0)


async def cancelled(coroutine):
    """A task that was cancelled in its first await and has ended."""
    task = asyncio.create_task(coroutine, name="victim")
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])
    return task


def test_finding_names_statement_request_and_await(collected):
    trueloop.run(cancelled(ignore()))

    (finding,) = collected
    assert (finding.kind, finding.severity, finding.task) == (
        "swallowed-cancellation",
        Severity.ERROR,
        "victim",
    )
    assert finding.message.startswith("task victim (ignore) was cancelled by task Task-")
    assert finding.message.endswith(
        "but `except asyncio.CancelledError` kept that from taking effect: "
        "the task went on, and ended as if it had succeeded"
    )
    assert finding.where.function == "ignore"
    assert [(other.role, other.place.function) for other in finding.related] == [
        ("cancelled-by", "cancelled"),
        ("awaits", "ignore"),
    ]
    assert finding.stack[-1] == finding.related[1].place


def test_each_swallowed_delivery_counts(collected):
    async def ignore_thrice():
        for _ in range(3):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                continue

    async def main():
        task = asyncio.create_task(ignore_thrice())
        while not task.done():
            await asyncio.sleep(0)
            task.cancel()

    trueloop.run(main())

    (finding,) = trueloop.diagnostics.findings()
    assert finding.count == 3


def test_nothing_is_kept_of_a_task_that_swallowed(collected):
    async def main():
        task = await cancelled(ignore())
        assert deliveries.of(task) is not None
        return weakref.ref(task), weakref.ref(task.get_coro())

    of_others = deliveries.all_records()
    kept = trueloop.run(main())
    gc.collect()

    assert [reference() for reference in kept] == [None, None]
    assert set(deliveries.all_records()) <= set(of_others)


def test_exception_is_not_kept_alive_by_being_followed(collected):
    died = []

    async def clean_up():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError as error:
            weakref.finalize(error, died.append, "error")
            await asyncio.sleep(0)
        died.append("handler is over")
        await asyncio.sleep(0)

    trueloop.run(cancelled(clean_up()))

    assert died == ["error", "handler is over"]


def test_exceptions_taken_back_are_forgotten(collected):
    async def main():
        for _ in range(5):
            try:
                async with asyncio.timeout(0):
                    await asyncio.sleep(60)
            except TimeoutError:
                pass
            try:
                asyncio.current_task().cancel()
                await asyncio.sleep(0)
            except asyncio.CancelledError:
                asyncio.current_task().uncancel()
            await asyncio.sleep(0)
        return len(deliveries.of(asyncio.current_task()).deliveries)

    assert trueloop.run(main()) == 0
    assert swallowed_cancellation._taken_back == {}
    assert collected == []


def test_very_many_deliveries_to_one_task_are_not_all_kept(collected):
    async def main():
        task = asyncio.current_task()
        for _ in range(200):
            task.get_loop().call_soon(task.cancel)
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                pass
        kept = len(deliveries.of(task).deliveries)
        task.uncancel()
        return kept

    assert trueloop.run(main()) < 100
    assert collected == []


def test_subclass_of_the_exception_that_goes_on_is_no_swallow(collected):
    class Stopped(asyncio.CancelledError):
        pass

    async def translate():
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            raise Stopped from None

    async def main():
        assert (await cancelled(translate())).cancelled()

    trueloop.run(main())

    assert collected == []


def test_request_that_another_task_swallowed_is_not_blamed_on_a_later_one(collected):
    async def outer():
        await asyncio.create_task(ignore())
        future = asyncio.get_running_loop().create_future()
        future.cancel()
        try:
            await future  # a cancellation, but nobody asked for one of this task since
        except asyncio.CancelledError:
            pass

    async def main():
        task = asyncio.create_task(outer())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        await task

    trueloop.run(main())

    assert [finding.where.function for finding in collected] == ["ignore"]


def test_mistake_of_the_judge_stays_out_of_the_program(collected, monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", told.append)
    monkeypatch.setattr("trueloop.diagnostics.blaming.keeper", None)

    async def main():
        return (await cancelled(ignore())).result()

    assert trueloop.run(main()) is None
    assert [type(each.exc_value) for each in told] == [TypeError]
