"""gather gives its results in the order of its arguments, however they end."""

import asyncio

import pytest


def test_results_come_in_argument_order_whatever_the_order_of_completion(run):
    async def main():
        finished = []

        async def slow(delay_s):
            await asyncio.sleep(delay_s)
            finished.append(delay_s)
            return delay_s

        results = await asyncio.gather(slow(0.02), slow(0.005), slow(0.01))
        return results, finished

    assert run(main) == ([0.02, 0.005, 0.01], [0.005, 0.01, 0.02])


def test_coroutines_tasks_and_futures_may_be_mixed(run):
    async def main():
        async def work(value):
            await asyncio.sleep(0)
            return value

        loop = asyncio.get_running_loop()
        future = loop.create_future()
        loop.call_soon(future.set_result, "future")
        return await asyncio.gather(
            work("coroutine"), asyncio.create_task(work("task")), future, work("last")
        )

    assert run(main) == ["coroutine", "task", "future", "last"]


def test_children_start_in_argument_order_when_the_caller_suspends(run):
    async def main():
        log = []

        async def work(name):
            log.append(name)

        gathered = asyncio.gather(*(work(name) for name in "abc"))
        assert log == []
        await gathered
        return log

    assert run(main) == ["a", "b", "c"]


def test_the_same_task_twice_runs_once_and_counts_twice(run):
    async def main():
        runs = []

        async def work():
            runs.append(1)
            return len(runs)

        task = asyncio.create_task(work())
        return await asyncio.gather(task, task)

    assert run(main) == [1, 1]


def test_of_nothing_it_gives_an_empty_list(run):
    async def main():
        return await asyncio.gather()

    assert run(main) == []


def test_the_first_failure_is_raised_and_the_others_go_on(run):
    async def main():
        release = asyncio.Event()

        async def fail():
            raise OSError("first")

        async def work():
            await release.wait()
            return "finished"

        task = asyncio.create_task(work())
        with pytest.raises(OSError, match=r"^first$"):
            await asyncio.gather(fail(), task)
        assert not task.done()
        release.set()
        return await task

    assert run(main) == "finished"


def test_failures_can_be_asked_for_as_results(run):
    async def main():
        async def fail():
            raise OSError("failed")

        async def cancelled():
            raise asyncio.CancelledError

        async def work():
            return 42

        return await asyncio.gather(work(), fail(), cancelled(), return_exceptions=True)

    value, failure, cancellation = run(main)
    assert value == 42
    assert isinstance(failure, OSError)
    assert isinstance(cancellation, asyncio.CancelledError)


def test_a_cancelled_child_is_raised_as_a_cancellation_but_the_others_go_on(run):
    async def main():
        release = asyncio.Event()

        async def work():
            await release.wait()
            return "finished"

        victim, other = asyncio.create_task(work()), asyncio.create_task(work())
        gathered = asyncio.gather(victim, other)
        await asyncio.sleep(0)
        victim.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gathered
        assert asyncio.current_task().cancelling() == 0
        release.set()
        return await other

    assert run(main) == "finished"
