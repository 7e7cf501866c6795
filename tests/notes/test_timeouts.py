"""A timeout cancels what is inside and turns that cancellation into a TimeoutError outside."""

import asyncio

import pytest

SOON_S = 0.001


def stuck_worker(log):
    async def worker():
        log.append("starts")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            log.append("cancelled")
            raise

    return worker()


def test_wait_for_cancels_the_task_and_raises_timeout_error(run):
    async def main():
        log = []
        task = asyncio.create_task(stuck_worker(log))
        try:
            await asyncio.wait_for(task, SOON_S)
        except TimeoutError:
            log.append("timed out")
        assert task.cancelled()
        return log

    assert run(main) == ["starts", "cancelled", "timed out"]


def test_wait_for_runs_a_coroutine_as_well(run):
    async def main():
        log = []
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stuck_worker(log), SOON_S)
        return log

    assert run(main) == ["starts", "cancelled"]


def test_the_timeout_block_cancels_its_body_and_raises_timeout_error(run):
    async def main():
        log = []
        try:
            async with asyncio.timeout(SOON_S):
                await stuck_worker(log)
        except TimeoutError:
            log.append("timed out")
        return log

    assert run(main) == ["starts", "cancelled", "timed out"]


def test_timeout_error_is_the_builtin_and_carries_the_cancellation_as_its_cause(run):
    async def main():
        with pytest.raises(TimeoutError) as caught:
            async with asyncio.timeout(SOON_S):
                await asyncio.Event().wait()
        assert isinstance(caught.value.__cause__, asyncio.CancelledError)
        assert asyncio.TimeoutError is TimeoutError

    run(main)


def test_in_time_both_give_the_result(run):
    async def main():
        async def work():
            await asyncio.sleep(0)
            return 42

        async with asyncio.timeout(60) as scope:
            first = await work()
        assert not scope.expired()
        return first, await asyncio.wait_for(work(), 60)

    assert run(main) == (42, 42)


def test_without_a_limit_both_wait_as_long_as_it_takes(run):
    async def main():
        async def work():
            await asyncio.sleep(0)
            return 42

        async with asyncio.timeout(None):
            first = await work()
        return first, await asyncio.wait_for(work(), None)

    assert run(main) == (42, 42)


def test_the_task_lives_on_after_its_timeout(run):
    async def main():
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SOON_S):
                await asyncio.Event().wait()
        await asyncio.sleep(0)
        return asyncio.current_task().cancelling()

    assert run(main) == 0


def test_the_inner_of_two_timeouts_expires_alone(run):
    async def main():
        log = []
        async with asyncio.timeout(60) as outer:
            try:
                async with asyncio.timeout(SOON_S) as inner:
                    await asyncio.Event().wait()
            except TimeoutError:
                log.append("inner")
        assert inner.expired()
        assert not outer.expired()
        return log

    assert run(main) == ["inner"]


def test_the_outer_timeout_passes_the_inner_one_as_a_cancellation(run):
    async def main():
        log = []

        async def inner():
            try:
                async with asyncio.timeout(60):
                    await asyncio.Event().wait()
            except TimeoutError:
                log.append("inner timed out")
            except asyncio.CancelledError:
                log.append("inner cancelled")
                raise

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(SOON_S):
                await inner()
        return log

    assert run(main) == ["inner cancelled"]


def test_a_cancellation_from_outside_is_not_turned_into_a_timeout(run):
    async def main():
        async def worker():
            async with asyncio.timeout(60):
                await asyncio.Event().wait()

        task = asyncio.create_task(worker())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(main)


def test_cancelling_the_waiter_of_wait_for_cancels_what_it_waits_for(run):
    async def main():
        log = []
        task = asyncio.create_task(asyncio.wait_for(stuck_worker(log), 60))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return log

    assert run(main) == ["starts", "cancelled"]


def test_wait_for_returns_only_after_the_cancelled_task_has_cleaned_up(run):
    async def main():
        log = []

        async def worker():
            try:
                await asyncio.Event().wait()
            finally:
                for step in range(3):
                    await asyncio.sleep(0)
                    log.append(step)

        with pytest.raises(TimeoutError):
            await asyncio.wait_for(worker(), SOON_S)
        return log

    assert run(main) == [0, 1, 2]


def test_a_task_that_swallows_the_cancellation_defeats_wait_for(run):
    """The note's "subtle pitfall": what was swallowed comes back as a late success."""

    async def main():
        async def stubborn():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                return "late"

        return await asyncio.wait_for(stubborn(), SOON_S)

    assert run(main) == "late"


def test_a_shielded_task_survives_the_timeout_of_its_waiter(run):
    async def main():
        release = asyncio.Event()

        async def work():
            await release.wait()
            return 42

        task = asyncio.create_task(work())
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(task), SOON_S)
        assert not task.done()
        release.set()
        return await task

    assert run(main) == 42


def test_a_limit_already_passed_cancels_at_the_first_suspension(run):
    async def main():
        log = []
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(-1):
                await stuck_worker(log)
        return log

    assert run(main) == ["starts", "cancelled"]


def test_wait_for_with_no_time_left_does_not_start_the_coroutine(run):
    async def main():
        log = []
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(stuck_worker(log), 0)
        return log

    assert run(main) == []
