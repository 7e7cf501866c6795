"""A process pool runs coroutines in batches, each worker process on a loop of its own."""

import asyncio
import concurrent.futures
import multiprocessing
import os
import pickle

import pytest

from tests.notes import per_worker_loops

WORKERS = 2


@pytest.fixture(scope="module")
def context():
    # Not fork: what runs in this process must not matter to the workers.
    return multiprocessing.get_context("spawn")


@pytest.fixture(scope="module")
def meeting(context):
    with context.Manager() as manager:
        yield manager.Barrier(WORKERS)


@pytest.fixture(scope="module")
def pool(context):
    with concurrent.futures.ProcessPoolExecutor(WORKERS, mp_context=context) as pool:
        yield pool


def test_dispatch_first_then_let_each_worker_run_its_batch(run, new_event_loop, pool, meeting):
    async def main():
        loop = asyncio.get_running_loop()

        def everywhere(function, *args):
            return asyncio.gather(
                *(loop.run_in_executor(pool, function, *args) for _ in range(WORKERS))
            )

        for _ in range(3):
            await everywhere(
                per_worker_loops.dispatch, new_event_loop, meeting, per_worker_loops.square, 7
            )
        return await everywhere(per_worker_loops.run_batch, meeting)

    batches = run(main)
    processes = {worker[0] for worker, _ in batches}
    assert len(processes) == WORKERS
    assert os.getpid() not in processes
    for worker, results in batches:
        assert results == [(worker, 49)] * 3


def test_a_worker_runs_a_coroutine_on_a_fresh_loop(run, new_event_loop, pool):
    async def main():
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(
                pool, per_worker_loops.run_alone, new_event_loop, per_worker_loops.square, number
            )
            for number in range(6)
        ]
        return [value for _, value in await asyncio.gather(*jobs)]

    assert run(main) == [0, 1, 4, 9, 16, 25]


def test_the_loop_stays_free_while_a_process_computes(run, pool):
    async def main():
        loop = asyncio.get_running_loop()
        job = loop.run_in_executor(pool, sum, range(20_000_000))
        turns = 0
        while not job.done():
            turns += 1
            await asyncio.sleep(0)
        assert turns > 1
        return await job

    assert run(main) == sum(range(20_000_000))


def test_an_exception_of_a_worker_comes_back(run, pool):
    async def main():
        with pytest.raises(ValueError, match="invalid literal for int"):
            await asyncio.get_running_loop().run_in_executor(pool, int, "no number")

    run(main)


def test_a_task_cannot_travel_between_processes(run):
    """The note's dispatcher returns its task; from a process only plain values come back."""

    async def main():
        task = asyncio.create_task(asyncio.sleep(0))
        future = asyncio.get_running_loop().create_future()
        future.set_result(None)
        for traveller in (task, future):
            with pytest.raises(TypeError, match="cannot pickle"):
                pickle.dumps(traveller)
        await task

    run(main)
