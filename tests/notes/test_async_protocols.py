"""``async with``, ``async for`` and ``await`` on a program's own classes suspend like any await."""

import asyncio

import pytest


class Countdown:
    """Hands out start, start - 1, ... 1, suspending before each."""

    def __init__(self, start):
        self.left = start

    def __aiter__(self):
        return self

    async def __anext__(self):
        await asyncio.sleep(0)
        if not self.left:
            raise StopAsyncIteration
        self.left -= 1
        return self.left + 1


class Room:
    """Writes down who comes in and who leaves, suspending at both doors."""

    def __init__(self, log):
        self.log = log

    async def __aenter__(self):
        await asyncio.sleep(0)
        self.log.append("in")
        return self

    async def __aexit__(self, error_type, error, traceback):
        await asyncio.sleep(0)
        self.log.append(f"out after {error_type.__name__ if error_type else 'success'}")


def test_async_for_asks_the_iterator_until_it_stops(run):
    async def main():
        return [value async for value in Countdown(3)]

    assert run(main) == [3, 2, 1]


def test_two_iterations_interleave(run):
    async def main():
        seen = []

        async def walk(name):
            async for value in Countdown(2):
                seen.append(f"{name}{value}")

        await asyncio.gather(walk("a"), walk("b"))
        return seen

    assert run(main) == ["a2", "b2", "a1", "b1"]


def test_async_with_runs_both_doors_around_the_body(run):
    async def main():
        log = []
        async with Room(log):
            log.append("body")
        return log

    assert run(main) == ["in", "body", "out after success"]


def test_async_with_is_left_when_the_body_fails(run):
    async def main():
        log = []
        with pytest.raises(ZeroDivisionError):
            async with Room(log):
                raise ZeroDivisionError
        return log

    assert run(main) == ["in", "out after ZeroDivisionError"]


def test_async_with_is_left_when_the_body_is_cancelled(run):
    async def main():
        log = []
        inside = asyncio.Event()

        async def visit():
            async with Room(log):
                inside.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(visit())
        await inside.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return log

    assert run(main) == ["in", "out after CancelledError"]
