"""run_in_executor takes blocking functions off the loop, and functions only."""

import asyncio
import concurrent.futures
import inspect
import threading

import pytest


def test_a_blocking_function_runs_in_another_thread(run):
    async def main():
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(None, threading.get_ident)

    assert run(main) != threading.get_ident()


def test_arguments_and_results_pass_through(run):
    async def main():
        loop = asyncio.get_running_loop()
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            return await loop.run_in_executor(pool, divmod, 17, 5)

    assert run(main) == (3, 2)


def test_its_exception_comes_out_of_the_await(run):
    async def main():
        with pytest.raises(ZeroDivisionError):
            await asyncio.get_running_loop().run_in_executor(None, divmod, 1, 0)

    run(main)


def test_other_tasks_run_while_a_function_blocks(run):
    async def main():
        release = threading.Event()

        async def other():
            release.set()

        blocked = asyncio.get_running_loop().run_in_executor(None, release.wait)
        await asyncio.create_task(other())
        return await blocked

    assert run(main) is True


def test_cancelling_the_wait_does_not_stop_the_function(run):
    async def main():
        started, release, ended = threading.Event(), threading.Event(), threading.Event()

        def block():
            started.set()
            release.wait()
            ended.set()

        blocked = asyncio.create_task(asyncio.to_thread(block))
        await asyncio.to_thread(started.wait)
        blocked.cancel()
        with pytest.raises(asyncio.CancelledError):
            await blocked
        assert not ended.is_set()
        release.set()
        await asyncio.to_thread(ended.wait)

    run(main)


def test_a_job_cancelled_before_a_worker_took_it_never_runs(run):
    async def main():
        loop = asyncio.get_running_loop()
        release, log = threading.Event(), []
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            first = loop.run_in_executor(pool, release.wait)
            second = loop.run_in_executor(pool, log.append, "ran")
            second.cancel()
            await asyncio.sleep(0)
            release.set()
            await first
        return log

    assert run(main) == []


def test_given_a_coroutine_function_it_only_makes_the_coroutine(run):
    async def main():
        async def work():
            return 42

        result = await asyncio.get_running_loop().run_in_executor(None, work)
        assert inspect.iscoroutine(result)
        return await result

    assert run(main, debug=False) == 42


def test_debug_mode_refuses_a_coroutine_function(run):
    async def main():
        async def work():
            return 42

        with pytest.raises(TypeError, match=r"coroutines cannot be used with run_in_executor\(\)"):
            await asyncio.get_running_loop().run_in_executor(None, work)

    run(main, debug=True)


def test_the_end_of_the_run_waits_for_the_default_executor(run):
    release, log = threading.Event(), []

    def block():
        release.wait()
        log.append("job ends")

    async def main():
        job = asyncio.get_running_loop().run_in_executor(None, block)
        release.set()
        return job

    run(main)
    assert log == ["job ends"]
