"""What the cases do not show of abandoned-task: the finding itself, and more ways to end."""

import asyncio

import pytest

import trueloop
from trueloop.diagnostics import Severity


async def upload():
    await asyncio.sleep(60)


def test_finding_names_task_creation_and_suspension(collected):
    async def main():
        asyncio.create_task(upload(), name="upload")
        await asyncio.sleep(0)

    trueloop.run(main())

    (finding,) = collected
    assert (finding.kind, finding.severity, finding.task) == (
        "abandoned-task",
        Severity.WARNING,
        "upload",
    )
    assert finding.message == (
        "task upload (upload) was still pending when main returned, "
        "so it was cut off before its end"
    )
    assert finding.where.function.endswith("<locals>.main")
    assert [(other.role, other.place.function) for other in finding.related] == [
        ("suspended", "upload")
    ]


@pytest.mark.parametrize(
    "error", [RuntimeError, asyncio.CancelledError, KeyboardInterrupt, SystemExit]
)
def test_main_that_raises_abandons_nothing(error, collected):
    async def main():
        asyncio.create_task(upload())
        await asyncio.sleep(0)
        raise error

    with pytest.raises(error):
        trueloop.run(main())

    assert collected == []


def test_task_about_to_learn_of_a_cancellation_is_not_abandoned(collected):
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def wait():
            await future

        asyncio.create_task(wait())
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(future.cancel)

    trueloop.run(main())

    assert collected == []


def test_asynchronous_generator_left_open_is_no_abandoned_task(collected):
    async def numbers():
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0.01)

    async def main():
        async for _ in numbers():
            break

    trueloop.run(main())

    assert [finding for finding in collected if finding.kind == "abandoned-task"] == []


def test_same_line_is_reported_once_with_a_count(collected):
    async def main():
        for _ in range(12):
            asyncio.create_task(upload())
        await asyncio.sleep(0)

    trueloop.run(main())

    assert [finding.count for finding in collected] == [1, 10]
