"""wait, as_completed and TaskGroup: other ways to have several tasks under way."""

import asyncio

import pytest


async def give(value, *, after=None):
    await (after.wait() if after else asyncio.sleep(0))
    return value


async def fail(error):
    await asyncio.sleep(0)
    raise error


def test_wait_gives_back_the_finished_and_the_pending(run):
    async def main():
        release = asyncio.Event()
        quick = asyncio.create_task(give("quick"))
        slow = asyncio.create_task(give("slow", after=release))
        done, pending = await asyncio.wait({quick, slow}, return_when=asyncio.FIRST_COMPLETED)
        assert done == {quick}
        assert pending == {slow}
        release.set()
        done, pending = await asyncio.wait({quick, slow})
        assert done == {quick, slow}
        assert pending == set()

    run(main)


def test_wait_neither_raises_nor_cancels(run):
    async def main():
        failed = asyncio.create_task(fail(OSError("failed")))
        slow = asyncio.create_task(give("slow", after=asyncio.Event()))
        done, pending = await asyncio.wait({failed, slow}, return_when=asyncio.FIRST_EXCEPTION)
        assert done == {failed}
        assert pending == {slow}
        assert str(failed.exception()) == "failed"
        done, pending = await asyncio.wait({slow}, timeout=0)
        assert done == set()
        assert not slow.cancelling()
        slow.cancel()
        await asyncio.wait({slow})

    run(main)


def test_wait_takes_no_bare_coroutines(run):
    async def main():
        coroutine = give(1)
        with pytest.raises(TypeError, match="Passing coroutines is forbidden"):
            await asyncio.wait({coroutine})
        coroutine.close()

    run(main)


def test_as_completed_gives_results_in_order_of_completion(run):
    async def main():
        gates = {number: asyncio.Event() for number in (1, 2, 3)}
        upcoming = iter([3, 1, 2])
        results = []
        gates[next(upcoming)].set()
        waiting = [give(number, after=gate) for number, gate in gates.items()]
        for completed in asyncio.as_completed(waiting):
            results.append(await completed)
            if following := next(upcoming, None):
                gates[following].set()
        return results

    assert run(main) == [3, 1, 2]


def test_a_task_group_joins_all_its_tasks(run):
    async def main():
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(give(number)) for number in range(3)]
            assert not any(task.done() for task in tasks)
        return [task.result() for task in tasks]

    assert run(main) == [0, 1, 2]


def test_one_failure_cancels_the_rest_of_a_task_group(run):
    async def main():
        log = []

        async def sibling():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append("sibling cancelled")
                raise

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(sibling())
                group.create_task(fail(OSError("one")))
        except* OSError as errors:
            log.append([str(error) for error in errors.exceptions])
        return log

    assert run(main) == ["sibling cancelled", ["one"]]


def test_failures_of_a_task_group_come_together(run):
    async def main():
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(fail(OSError("one")))
                group.create_task(fail(ValueError("two")))
        except ExceptionGroup as group_of_errors:
            return [str(error) for error in group_of_errors.exceptions]

    assert run(main) == ["one", "two"]


def test_cancelling_the_host_of_a_task_group_cancels_its_tasks(run):
    async def main():
        tasks = []

        async def host():
            async with asyncio.TaskGroup() as group:
                tasks.append(group.create_task(asyncio.Event().wait()))

        task = asyncio.create_task(host())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert tasks[0].cancelled()

    run(main)
