"""What a coroutine may yield, and what tasks and futures may be given."""

import asyncio

import pytest


class Yields:
    """Yields something to the task, once; what comes back is the result."""

    def __init__(self, thing):
        self.thing = thing

    def __await__(self):
        return (yield self.thing)


class Lies:
    """Says that it is a future."""

    def __init__(self, **attributes):
        self.__dict__.update(attributes)


class Raises:
    """Raises when it is looked at."""

    @property
    def _asyncio_future_blocking(self):
        raise ZeroDivisionError


def _add_done_callback(*args, **kwargs):
    raise ZeroDivisionError


GARBAGE = [
    1, "text", b"", (), object(), object, Exception(), asyncio.Future, len, Raises(),
    Lies(_asyncio_future_blocking=True),
    Lies(_asyncio_future_blocking=True, get_loop=None),
    Lies(_asyncio_future_blocking=True, get_loop=lambda: None),
    Lies(_asyncio_future_blocking=True, get_loop=asyncio.get_running_loop),
    Lies(
        _asyncio_future_blocking=True,
        get_loop=asyncio.get_running_loop,
        add_done_callback=_add_done_callback,
    ),
    Lies(_asyncio_future_blocking=1, _loop=3),
]  # fmt: skip


@pytest.mark.parametrize("thing", GARBAGE, ids=[str(n) for n in range(len(GARBAGE))])
def test_garbage_that_is_yielded_is_the_tasks_error(own_loop, thing):
    async def main():
        for _ in range(3):
            with pytest.raises(Exception):  # noqa: B017, PT011  # whatever asyncio raises, too
                await Yields(thing)
        return "went on"

    assert own_loop.run_until_complete(main()) == "went on"


def test_a_future_that_is_yielded_without_being_awaited(run):
    async def main():
        future = asyncio.get_running_loop().create_future()
        for _ in range(3):
            with pytest.raises(RuntimeError):
                await Yields(future)
        future.cancel()

    run(main)


def test_a_task_that_awaits_itself_and_tasks_that_await_each_other(run):
    async def main():
        async def itself():
            await asyncio.current_task()

        with pytest.raises(RuntimeError):
            await asyncio.create_task(itself())

    run(main)


@pytest.mark.parametrize("thing", [None, 1, "x", len, object(), print, [], asyncio.sleep])
def test_what_is_no_coroutine_is_refused(loop, thing):
    with pytest.raises(TypeError):
        loop.create_task(thing)
    with pytest.raises((TypeError, ValueError)):
        loop.run_until_complete(thing)


def test_a_coroutine_that_runs_already_or_is_over(run):
    async def child():
        await asyncio.sleep(0)

    async def main():
        coroutine = child()
        task = asyncio.create_task(coroutine)
        await asyncio.sleep(0)
        other = asyncio.create_task(coroutine)
        with pytest.raises(RuntimeError):
            await other
        await task
        with pytest.raises(RuntimeError):
            await asyncio.create_task(coroutine)

    run(main)


@pytest.mark.parametrize("error", [1, "x", object(), int, None])
def test_what_is_no_exception_is_refused(loop, error):
    future = loop.create_future()
    with pytest.raises(TypeError):
        future.set_exception(error)
    future.cancel()


class Coroutine:
    """Written by hand: does what it is told."""

    def __init__(self, *answers):
        self.answers = list(answers)

    def send(self, value):
        answer = self.answers.pop(0)
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def throw(self, *what):
        raise what[0]

    def close(self):
        raise ZeroDivisionError

    def __await__(self):
        return self

    def __iter__(self):
        return self

    def __next__(self):
        return self.send(None)

    cr_code = cr_frame = cr_await = None
    cr_running = False


@pytest.mark.parametrize(
    ("answers", "outcome"),
    [
        ((StopIteration(5),), 5),
        ((None, StopIteration()), None),
        ((StopIteration(1, 2),), 1),
        ((ZeroDivisionError(),), ZeroDivisionError),
        ((7, StopIteration(1)), RuntimeError),
    ],
)
def test_coroutines_made_by_hand(run, answers, outcome):
    import collections.abc

    collections.abc.Coroutine.register(Coroutine)

    async def main():
        return await asyncio.create_task(Coroutine(*answers))

    if isinstance(outcome, type):
        with pytest.raises(outcome):
            run(main)
    else:
        assert run(main) == outcome
