"""A cancellation goes to the innermost await first and comes back up from there."""

import asyncio

import pytest


def test_the_innermost_await_feels_it_first(run):
    async def main():
        log = []
        reached = asyncio.Event()

        async def innermost():
            try:
                reached.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append("innermost")
                raise

        async def middle():
            try:
                await innermost()
            except asyncio.CancelledError:
                log.append("middle")
                raise

        async def outermost():
            try:
                await middle()
            except asyncio.CancelledError:
                log.append("outermost")
                raise

        task = asyncio.create_task(outermost())
        await reached.wait()
        task.cancel()
        assert log == []
        try:
            await task
        except asyncio.CancelledError:
            log.append("main")
        return log

    assert run(main) == ["innermost", "middle", "outermost", "main"]


def test_it_passes_through_tasks_from_the_awaited_to_the_awaiting(run):
    async def main():
        log = []
        reached = asyncio.Event()

        async def inner():
            try:
                reached.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append("inner")
                raise

        async def outer():
            inner_task = asyncio.create_task(inner())
            try:
                await inner_task
            except asyncio.CancelledError:
                log.append(f"outer, inner cancelled: {inner_task.cancelled()}")
                raise

        outer_task = asyncio.create_task(outer())
        await reached.wait()
        outer_task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await outer_task
        return log

    assert run(main) == ["inner", "outer, inner cancelled: True"]


def test_it_arrives_at_the_next_step_not_inside_cancel(run):
    async def main():
        log = []
        reached = asyncio.Event()

        async def victim():
            try:
                reached.set()
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append("victim")
                raise

        task = asyncio.create_task(victim())
        await reached.wait()
        assert task.cancel() is True
        log.append("cancel has returned")
        assert not task.done()
        with pytest.raises(asyncio.CancelledError):
            await task
        return log

    assert run(main) == ["cancel has returned", "victim"]


def test_cleanup_may_await_and_runs_before_the_caller_goes_on(run):
    async def main():
        log = []
        reached = asyncio.Event()

        async def victim():
            try:
                reached.set()
                await asyncio.Event().wait()
            finally:
                for step in range(3):
                    await asyncio.sleep(0)
                    log.append(f"cleanup {step}")

        task = asyncio.create_task(victim())
        await reached.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        log.append("caller")
        return log

    assert run(main) == ["cleanup 0", "cleanup 1", "cleanup 2", "caller"]


def test_a_task_cancelled_before_its_first_step_never_runs(run):
    async def main():
        log = []

        async def victim():
            log.append("ran")

        task = asyncio.create_task(victim())
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert log == []
        assert task.cancelled()

    run(main)


def test_the_awaited_future_is_cancelled_together_with_its_task(run):
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def wait_for_future():
            await future

        task = asyncio.create_task(wait_for_future())
        await asyncio.sleep(0)
        task.cancel()
        assert future.cancelled()
        assert not task.done()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)


def test_a_shielded_future_is_spared(run):
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def wait_for_future():
            await asyncio.shield(future)

        task = asyncio.create_task(wait_for_future())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not future.done()
        future.set_result(None)

    run(main)


def test_cancelled_tasks_feel_it_in_the_order_they_were_cancelled(run):
    async def main():
        log = []

        async def victim(name):
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                log.append(name)
                raise

        tasks = {name: asyncio.create_task(victim(name)) for name in "abc"}
        await asyncio.sleep(0)
        for name in "bca":
            tasks[name].cancel()
        await asyncio.wait(tasks.values())
        return log

    assert run(main) == ["b", "c", "a"]


def test_the_message_given_to_cancel_arrives_with_it(run):
    async def main():
        seen = []

        async def victim():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError as error:
                seen.append(error.args)
                raise

        task = asyncio.create_task(victim())
        await asyncio.sleep(0)
        task.cancel("shutting down")
        with pytest.raises(asyncio.CancelledError):
            await task
        return seen

    assert run(main) == [("shutting down",)]
