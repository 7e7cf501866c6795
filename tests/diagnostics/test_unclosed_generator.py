"""What the cases do not show of unclosed-generator: when it speaks, and what it keeps."""

import asyncio
import gc
import weakref

import pytest

import trueloop
from trueloop.diagnostics import Severity
from trueloop.diagnostics.detectors.unclosed_generator import UnclosedGenerator

pytestmark = pytest.mark.usefixtures("accelerated")


async def rows():
    try:
        for row in range(5):
            yield row
    finally:
        await asyncio.sleep(0)


async def plain():
    yield 1
    yield 2


def test_finding_names_loop_and_yield(collected):
    async def main():
        async for _ in rows():
            break

    trueloop.run(main())

    (finding,) = collected
    assert finding.severity is Severity.WARNING
    assert "rows was left before its end" in finding.message
    assert "clean up" in finding.message
    assert finding.where.line == main.__code__.co_firstlineno + 1
    assert [(other.role, other.place.function) for other in finding.related] == [
        ("suspended", "rows")
    ]


def test_generator_with_nothing_to_clean_up_is_told_without_that(collected):
    async def main():
        print(await anext(plain()))
        await asyncio.sleep(0.06)

    trueloop.run(main())

    (finding,) = collected
    assert "clean up" not in finding.message


@pytest.mark.parametrize("error", [ValueError, asyncio.CancelledError, KeyboardInterrupt])
def test_main_that_fails_has_other_worries(error, collected):
    async def main():
        async for _ in rows():
            raise error

    with pytest.raises(error):
        trueloop.run(main())
    UnclosedGenerator.program_ends(collected.append)

    assert collected == []


def test_failure_that_is_caught_is_told_at_the_latest_at_the_end(collected):
    async def main():
        try:
            async for _ in rows():
                raise ValueError
        except ValueError:
            pass

    trueloop.run(main())
    UnclosedGenerator.program_ends(collected.append)

    assert [finding.kind for finding in collected] == ["unclosed-generator"]


def test_failure_that_is_caught_is_told_when_the_loop_waits(collected):
    async def main():
        try:
            async for _ in rows():
                raise ValueError
        except ValueError:
            await asyncio.sleep(0.06)
        return len(collected)

    assert trueloop.run(main()) == 1


def test_neither_generators_nor_tasks_are_kept():
    alive = []

    async def consume():
        generator = rows()
        alive.append(weakref.ref(generator))
        async for _ in generator:
            pass

    async def main():
        task = asyncio.create_task(consume())
        alive.append(weakref.ref(task))
        await task
        del task
        gc.collect()
        return [each() for each in alive]

    assert trueloop.run(main()) == [None, None]


def test_what_is_noted_of_generators_that_are_gone_is_forgotten():
    async def main():
        for _ in range(2500):
            async for _ in plain():
                pass
        loop = asyncio.get_running_loop()
        (detector,) = [
            each
            for each in gc.get_objects()
            if type(each) is UnclosedGenerator and each._loop is not None and each._loop() is loop
        ]
        return len(detector._begun)

    assert trueloop.run(main()) < 1000
