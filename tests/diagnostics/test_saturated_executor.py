"""What the cases do not show of saturated-executor: evidence, and jobs that are not changed."""

import asyncio
import sys
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor

import pytest

import trueloop
from trueloop.diagnostics import Severity, pools
from trueloop.diagnostics.detectors.saturated_executor import SaturatedExecutor

# Without it no thread's frames hold still.
HAS_GIL = getattr(sys, "_is_gil_enabled", lambda: True)()


def fail():
    raise ValueError("no")


def kinds(collected):
    return [finding.kind for finding in collected]


def test_finding_has_the_figures_and_the_occupant(collected):
    release = threading.Event()

    def hold():
        release.wait()

    async def main():
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            first = loop.run_in_executor(pool, hold)
            second = loop.run_in_executor(pool, fail)
            while not collected:  # noqa: ASYNC110  # a finding sets no event
                await asyncio.sleep(0.01)
            release.set()
            await first
            with pytest.raises(ValueError, match="no"):
                await second

    trueloop.run(main())

    (finding,) = collected
    assert finding.severity is Severity.WARNING
    assert finding.details["waited_s"] > 0.1
    assert (finding.details["workers"], finding.details["queued"]) == (1, 1)
    assert finding.where.line == main.__code__.co_firstlineno + 4
    occupied = [(other.role, other.place.function.rpartition(".")[2]) for other in finding.related]
    assert occupied == ([("occupied by", "hold")] if HAS_GIL else [])


def test_time_in_which_the_loop_was_held_up_does_not_count(collected):
    async def main():
        loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(1) as pool:
            jobs = [loop.run_in_executor(pool, time.sleep, 0.01) for _ in range(8)]
            time.sleep(0.3)  # noqa: ASYNC251  # blocks on purpose
            await asyncio.gather(*jobs)

    trueloop.run(main())

    assert "saturated-executor" not in kinds(collected)


@pytest.mark.parametrize("watched", [True, False])
def test_traceback_of_a_job_shows_nothing_of_the_watch(watched):
    async def main():
        loop = asyncio.get_running_loop()
        if not watched:
            loop.hooks.submits = None
        try:
            await loop.run_in_executor(None, fail)
        except ValueError as error:
            return [frame.name for frame in traceback.extract_tb(error.__traceback__)]

    names = trueloop.run(main())

    assert names[0] == "main"
    assert names[-1] == "fail"
    assert "__call__" not in names


def test_job_shows_the_attributes_of_its_function():
    with ThreadPoolExecutor(1) as executor:
        job = pools.Job(fail, pools.pool_of(executor))

    assert job.__name__ == "fail"
    with pytest.raises(ValueError, match="no"):
        job()


def test_job_that_finds_a_free_worker_is_left_alone():
    detector = SaturatedExecutor(print)

    async def main():
        loop = asyncio.get_running_loop()
        submitted = [detector.submits(loop, None, fail)]
        await loop.run_in_executor(None, int)
        submitted.append(detector.submits(loop, None, fail))
        return submitted

    assert trueloop.run(main()) == [fail, fail]


def test_executor_itself_is_not_kept():
    async def main():
        loop = asyncio.get_running_loop()
        pool = ThreadPoolExecutor(1)
        await loop.run_in_executor(pool, int)
        pool.shutdown()
        return id(pool)

    key = trueloop.run(main())

    assert key not in pools._pools


def test_async_function_is_still_refused_in_debug_mode():
    async def job():
        pass

    async def main():
        await asyncio.get_running_loop().run_in_executor(None, job)

    with pytest.raises(TypeError, match="coroutines cannot be used"):
        trueloop.run(main(), debug=True)
