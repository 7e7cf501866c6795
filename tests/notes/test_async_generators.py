"""An async generator runs only while somebody asks it for the next value."""

import asyncio
import contextlib

import pytest


async def numbers(log):
    log.append("starts")
    try:
        yield 1
        await asyncio.sleep(0)
        log.append("goes on")
        yield 2
        log.append("ends")
    finally:
        log.append("cleans up")


def test_calling_it_runs_none_of_its_body(run):
    async def main():
        log = []
        generator = numbers(log)
        await asyncio.sleep(0)
        assert log == []
        async for _ in generator:
            pass
        return log

    assert run(main) == ["starts", "goes on", "ends", "cleans up"]


def test_it_runs_in_turn_with_its_consumer(run):
    async def main():
        log = []
        async for value in numbers(log):
            log.append(value)
        return log

    assert run(main) == ["starts", 1, "goes on", 2, "ends", "cleans up"]


def test_it_stands_still_between_two_values(run):
    async def main():
        log = []
        generator = numbers(log)
        assert await anext(generator) == 1
        for _ in range(3):
            await asyncio.sleep(0)
        assert log == ["starts"]
        assert await anext(generator) == 2
        assert log == ["starts", "goes on"]
        with pytest.raises(StopAsyncIteration):
            await anext(generator)

    run(main)


def test_a_suspended_generator_lets_other_tasks_run(run):
    async def main():
        log = []

        async def other():
            log.append("other")

        task = asyncio.create_task(other())
        async for value in numbers(log):
            log.append(value)
        await task
        return log

    assert run(main) == ["starts", 1, "other", "goes on", 2, "ends", "cleans up"]


def test_aclosing_runs_the_cleanup_where_the_loop_was_left(run):
    async def main():
        log = []
        async with contextlib.aclosing(numbers(log)) as generator:
            async for _ in generator:
                break
        assert log == ["starts", "cleans up"]

    run(main)


def test_a_generator_left_open_is_closed_at_the_end_of_the_run(run):
    log = []
    kept = []

    async def main():
        generator = numbers(log)
        kept.append(generator)
        await anext(generator)

    run(main)
    assert log == ["starts", "cleans up"]


def test_a_dropped_generator_is_closed_by_the_loop(run):
    async def main():
        closed = asyncio.Event()

        async def endless():
            try:
                while True:
                    yield
            finally:
                await asyncio.sleep(0)
                closed.set()

        await anext(endless())
        await closed.wait()

    run(main)


def test_cancelling_its_consumer_is_felt_inside_the_generator(run):
    async def main():
        log = []
        waiting = asyncio.Event()

        async def stuck():
            try:
                waiting.set()
                await asyncio.Event().wait()
                yield
            except asyncio.CancelledError:
                log.append("generator")
                raise

        async def consume():
            try:
                async for _ in stuck():
                    pass
            except asyncio.CancelledError:
                log.append("consumer")
                raise

        task = asyncio.create_task(consume())
        await waiting.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return log

    assert run(main) == ["generator", "consumer"]
