"""A thread pool runs coroutines in batches, each worker thread on a loop of its own."""

import asyncio
import concurrent.futures
import threading

import pytest

from tests.notes import per_worker_loops

WORKERS = 3


@pytest.fixture
def pool():
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        yield pool


def test_dispatch_first_then_let_each_worker_run_its_batch(run, new_event_loop, pool):
    async def main():
        loop = asyncio.get_running_loop()
        meeting = threading.Barrier(WORKERS)

        def everywhere(function, *args):
            return asyncio.gather(
                *(loop.run_in_executor(pool, function, *args) for _ in range(WORKERS))
            )

        for _ in range(4):
            await everywhere(
                per_worker_loops.dispatch, new_event_loop, meeting, per_worker_loops.square, 7
            )
        return await everywhere(per_worker_loops.run_batch, meeting)

    batches = run(main)
    assert len({worker for worker, _ in batches}) == WORKERS
    for worker, results in batches:
        assert results == [(worker, 49)] * 4
    assert per_worker_loops.loops == {}


def test_a_worker_runs_a_coroutine_on_a_fresh_loop_while_ours_goes_on(run, new_event_loop, pool):
    async def main():
        loop = asyncio.get_running_loop()
        jobs = [
            loop.run_in_executor(
                pool, per_worker_loops.run_alone, new_event_loop, per_worker_loops.square, number
            )
            for number in range(6)
        ]
        results = await asyncio.gather(*jobs)
        assert all(worker != per_worker_loops.worker_id() for worker, _ in results)
        return [value for _, value in results]

    assert run(main) == [0, 1, 4, 9, 16, 25]


def test_the_loops_of_two_threads_do_not_see_each_others_tasks(run, new_event_loop, pool):
    async def main():
        async def count_tasks():
            assert asyncio.get_running_loop() is not ours
            return len(asyncio.all_tasks())

        ours = asyncio.get_running_loop()
        return await ours.run_in_executor(
            pool, per_worker_loops.run_alone, new_event_loop, count_tasks
        )

    assert run(main) == 1


def test_a_threads_identity_is_its_native_id(run, pool):
    async def main():
        loop = asyncio.get_running_loop()
        meeting = threading.Barrier(WORKERS)

        def identify():
            meeting.wait()
            return per_worker_loops.worker_id()

        ids = await asyncio.gather(*(loop.run_in_executor(pool, identify) for _ in range(WORKERS)))
        processes, threads = zip(*ids, strict=True)
        assert len(set(processes)) == 1
        assert len(set(threads)) == WORKERS
        assert threading.get_native_id() not in threads

    run(main)
