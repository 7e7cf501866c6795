"""A result or an exception comes out where the task is awaited or asked, and nowhere else."""

import asyncio
import gc

import pytest


async def fail():
    await asyncio.sleep(0)
    raise OSError("failed")


def test_an_exception_comes_out_of_the_await_of_a_coroutine(run):
    async def main():
        with pytest.raises(OSError, match=r"^failed$"):
            await fail()

    run(main)


def test_an_exception_comes_out_of_the_await_of_a_task(run):
    async def main():
        task = asyncio.create_task(fail())
        with pytest.raises(OSError, match=r"^failed$"):
            await task

    run(main)


def test_every_one_who_awaits_gets_the_same_exception(run):
    async def main():
        task = asyncio.create_task(fail())
        caught = []
        for _ in range(2):
            try:
                await task
            except OSError as error:
                caught.append(error)
        assert caught == [task.exception()] * 2

    run(main)


def test_the_traceback_leads_to_the_line_that_raised(run):
    async def main():
        task = asyncio.create_task(fail())
        with pytest.raises(OSError, match=r"^failed$") as caught:
            await task
        assert [entry.name for entry in caught.traceback] == ["main", "fail"]

    run(main)


def test_result_gives_the_value_or_none(run):
    async def main():
        async def give(value):
            return value

        async def give_nothing():
            await asyncio.sleep(0)

        some, none = asyncio.create_task(give(42)), asyncio.create_task(give_nothing())
        await asyncio.wait([some, none])
        return some.result(), none.result(), some.exception(), none.exception()

    assert run(main) == (42, None, None, None)


def test_result_raises_what_ended_the_task(run):
    async def main():
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        with pytest.raises(OSError, match=r"^failed$"):
            task.result()

    run(main)


def test_exception_returns_what_ended_the_task(run):
    async def main():
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        assert isinstance(task.exception(), OSError)

    run(main)


def test_exception_raises_a_cancellation_instead_of_returning_it(run):
    async def main():
        task = asyncio.create_task(asyncio.Event().wait())
        task.cancel("enough")
        await asyncio.wait([task])
        with pytest.raises(asyncio.CancelledError) as raised:
            task.exception()
        assert raised.value.args == ("enough",)

    run(main)


def test_both_refuse_to_answer_before_the_end(run):
    async def main():
        gate = asyncio.Event()
        task = asyncio.create_task(gate.wait())
        with pytest.raises(asyncio.InvalidStateError):
            task.result()
        with pytest.raises(asyncio.InvalidStateError):
            task.exception()
        gate.set()
        await task

    run(main)


def test_an_exception_nobody_asks_for_is_reported_when_the_task_dies(run):
    reports = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reports.append(context))
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        del task
        gc.collect()

    run(main)
    (report,) = reports
    assert report["message"] == "Task exception was never retrieved"
    assert str(report["exception"]) == "failed"


def test_an_exception_that_was_asked_for_is_not_reported(run):
    reports = []

    async def main():
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reports.append(context))
        task = asyncio.create_task(fail())
        await asyncio.wait([task])
        task.exception()
        del task
        gc.collect()

    run(main)
    assert reports == []


@pytest.mark.parametrize("error_type", [KeyboardInterrupt, SystemExit])
def test_exits_of_the_program_leave_the_loop_at_once(run, error_type):
    log = []

    async def leave():
        raise error_type

    async def main():
        task = asyncio.create_task(leave())
        try:
            await asyncio.Event().wait()
        finally:
            log.append(type(task.exception()))

    with pytest.raises(error_type):
        run(main)
    assert log == [error_type]


def test_stop_iteration_cannot_leave_a_coroutine(run):
    async def main():
        async def leave():
            raise StopIteration

        with pytest.raises(RuntimeError, match=r"^coroutine raised StopIteration$"):
            await asyncio.create_task(leave())

    run(main)
