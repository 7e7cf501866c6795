"""Cancellation is cooperative: a loop that never awaits cannot be cancelled, nor can others run."""

import asyncio
import threading
import time

import pytest


def test_a_loop_without_an_await_has_ended_before_a_cancellation_arrives(run):
    async def main():
        loop = asyncio.get_running_loop()
        requested = threading.Event()

        def request(task):
            loop.call_soon_threadsafe(task.cancel)
            requested.set()

        async def busy():
            canceller = threading.Thread(target=request, args=(asyncio.current_task(),))
            canceller.start()
            while not requested.is_set():
                pass
            canceller.join()
            return "ended"

        return await asyncio.create_task(busy())

    assert run(main) == "ended"


def test_a_task_cancelled_while_it_runs_does_all_its_work_before_it_is_cancelled(run):
    async def main():
        done = []

        async def busy():
            asyncio.current_task().cancel()
            done.extend(range(10_000))
            return "ended"

        task = asyncio.create_task(busy())
        with pytest.raises(asyncio.CancelledError):
            await task
        assert task.cancelled()
        return len(done)

    assert run(main) == 10_000


def test_a_loop_with_a_cancellation_point_stops_there(run):
    async def main():
        reached = []

        async def busy():
            for number in range(10_000):
                reached.append(number)
                if number % 1000 == 0:
                    await asyncio.sleep(0)

        task = asyncio.create_task(busy())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return len(reached)

    assert run(main) == 1001


def test_an_await_that_never_suspends_is_no_cancellation_point(run):
    async def main():
        done = []

        async def note(number):
            done.append(number)

        async def busy():
            asyncio.current_task().cancel()
            for number in range(1000):
                await note(number)
            await asyncio.sleep(0)
            done.append("never")

        with pytest.raises(asyncio.CancelledError):
            await asyncio.create_task(busy())
        return done

    assert run(main) == list(range(1000))


def test_while_a_loop_keeps_the_thread_no_other_task_runs(run):
    async def main():
        log = []

        async def other():
            log.append("other")

        task = asyncio.create_task(other())
        for _ in range(10_000):
            pass
        log.append("loop ends")
        await task
        return log

    assert run(main) == ["loop ends", "other"]


def test_with_cancellation_points_the_others_get_their_turns(run):
    async def main():
        turns = []

        async def other():
            for _ in range(3):
                turns.append("other")
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        for _ in range(3):
            turns.append("busy")
            await asyncio.sleep(0)
        await task
        return turns

    assert run(main) == ["busy", "other"] * 3


def test_a_blocking_call_stalls_every_task_and_timer(run):
    async def main():
        log = []
        loop = asyncio.get_running_loop()

        async def other():
            log.append("other")

        task = asyncio.create_task(other())
        fired = asyncio.Event()
        loop.call_later(0.001, fired.set)
        time.sleep(0.02)  # noqa: ASYNC251 - the blocking call is the subject
        assert log == []
        assert not fired.is_set()
        await task
        await fired.wait()

    run(main)


def test_a_blocking_call_in_a_thread_stalls_nobody(run):
    async def main():
        release = threading.Event()
        blocked = asyncio.create_task(asyncio.to_thread(release.wait))
        for _ in range(3):
            await asyncio.sleep(0)
        assert not blocked.done()
        release.set()
        return await blocked

    assert run(main) is True
