"""How a task says where it stands: pending, finished, failed or cancelled."""

import asyncio

import pytest


async def started(coroutine):
    """A task for ``coroutine`` that has run up to its first suspension."""
    task = asyncio.create_task(coroutine)
    await asyncio.sleep(0)
    return task


def test_a_pending_task_is_neither_done_nor_cancelled(run):
    async def main():
        gate = asyncio.Event()
        task = await started(gate.wait())
        status = task.done(), task.cancelled()
        gate.set()
        await task
        return status

    assert run(main) == (False, False)


def test_it_is_done_when_its_coroutine_runs_off_its_end(run):
    async def main():
        async def work():
            await asyncio.sleep(0)

        task = await started(work())
        await task
        return task.done(), task.cancelled(), task.result()

    assert run(main) == (True, False, None)


def test_it_is_done_when_its_coroutine_returns(run):
    async def main():
        async def work():
            return 42

        task = await started(work())
        return task.done(), task.cancelled(), task.result()

    assert run(main) == (True, False, 42)


def test_it_is_done_but_not_cancelled_when_its_coroutine_raises(run):
    async def main():
        async def work():
            raise OSError("failed")

        task = await started(work())
        return task.done(), task.cancelled(), str(task.exception())

    assert run(main) == (True, False, "failed")


def test_it_is_done_and_cancelled_after_a_cancellation(run):
    async def main():
        task = await started(asyncio.Event().wait())
        task.cancel("enough")
        assert (task.done(), task.cancelled(), task.cancelling()) == (False, False, 1)
        with pytest.raises(asyncio.CancelledError):
            await task
        return task.done(), task.cancelled()

    assert run(main) == (True, True)


def test_it_is_not_cancelled_when_its_coroutine_handled_the_cancellation(run):
    async def main():
        async def stubborn():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as cancellation:
                return f"handled: {cancellation}"

        task = await started(stubborn())
        task.cancel("enough")
        await task
        return task.done(), task.cancelled(), task.result()

    assert run(main) == (True, False, "handled: enough")


def test_raising_cancelled_error_itself_counts_as_cancelled(run):
    async def main():
        async def give_up():
            raise asyncio.CancelledError

        task = await started(give_up())
        return task.cancelled(), task.cancelling()

    assert run(main) == (True, 0)


def test_current_task_and_all_tasks_know_the_live_ones(run):
    async def main():
        me = asyncio.current_task()
        child = await started(asyncio.Event().wait())
        assert asyncio.all_tasks() == {me, child}
        child.cancel()
        await asyncio.wait([child])
        assert asyncio.all_tasks() == {me}

    run(main)


def test_a_task_has_a_name(run):
    async def main():
        task = asyncio.create_task(asyncio.sleep(0), name="background")
        assert task.get_name() == "background"
        assert "name='background'" in repr(task)
        task.set_name("renamed")
        assert task.get_name() == "renamed"
        other = asyncio.create_task(asyncio.sleep(0))
        assert other.get_name().startswith("Task-")
        await asyncio.wait([task, other])

    run(main)


def test_its_repr_tells_its_state_and_where_it_waits(run):
    async def main():
        async def wait_for_gate():
            await gate.wait()

        gate = asyncio.Event()
        task = await started(wait_for_gate())
        assert "pending" in repr(task)
        assert "wait_for_gate() running at" in repr(task)
        assert "wait_for=<Future pending" in repr(task)
        gate.set()
        await task
        assert "finished" in repr(task)
        assert "result=None" in repr(task)

    run(main)


def test_its_stack_shows_where_it_waits(run):
    async def main():
        async def wait_for_gate():
            await gate.wait()

        gate = asyncio.Event()
        task = await started(wait_for_gate())
        assert [frame.f_code.co_name for frame in task.get_stack()] == ["wait_for_gate"]
        gate.set()
        await task
        assert task.get_stack() == []

    run(main)
