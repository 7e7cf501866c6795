"""Who awaits a future: as asyncio 3.14's call graph wants to know it, on every version."""

import asyncio
import gc
import weakref

import pytest

from trueloop.awaitgraph import awaited_by


@pytest.fixture
def graph(either_loop):
    """graph(main) runs main(task); whether main's task was then found to wait for that task."""

    def waiters(main):
        async def program():
            release = asyncio.get_running_loop().create_future()

            async def wait_for_release():
                await release

            blocked = asyncio.create_task(wait_for_release())
            waiting = asyncio.create_task(main(blocked), name="waiting")
            for _ in range(5):
                await asyncio.sleep(0)
            found = awaited_by(blocked)
            assert awaited_by(release) == {blocked}
            release.set_result(None)
            await asyncio.wait([waiting])
            assert awaited_by(blocked) is None
            return found == {waiting}

        return either_loop.run_until_complete(program())

    return waiters


async def plainly(task):
    await task


async def by_gather(task):
    await asyncio.gather(task, asyncio.sleep(0))


async def by_wait(task):
    await asyncio.wait([task])


async def by_wait_for(task):
    await asyncio.wait_for(task, 60)


async def by_shield(task):
    await asyncio.shield(task)


async def by_gather_of_shields(task):
    await asyncio.gather(asyncio.shield(task))


async def by_as_completed(task):
    for one in asyncio.as_completed([task]):
        await one


async def by_as_completed_with_time_limit(task):
    for one in asyncio.as_completed([task], timeout=60):
        await one


async def under_a_timeout(task):
    async with asyncio.timeout(60):
        await task


@pytest.mark.parametrize(
    "main",
    [
        plainly,
        by_gather,
        by_wait,
        by_wait_for,
        by_shield,
        by_gather_of_shields,
        by_as_completed,
        by_as_completed_with_time_limit,
        under_a_timeout,
    ],
)
def test_the_waiting_task_is_found(graph, main):
    assert graph(main)


def test_a_task_group_waits_for_its_members(either_loop):
    async def program():
        release = asyncio.get_running_loop().create_future()

        async def member():
            await release

        async def leader():
            async with asyncio.TaskGroup() as group:
                members.append(group.create_task(member()))

        members = []
        waiting = asyncio.create_task(leader())
        for _ in range(5):
            await asyncio.sleep(0)
        assert awaited_by(members[0]) == {waiting}
        release.set_result(None)
        await waiting

    either_loop.run_until_complete(program())


def test_a_callback_of_the_program_awaits_nothing(either_loop):
    async def program():
        loop = asyncio.get_running_loop()
        outer = loop.create_future()

        async def wait():
            await outer

        waiting = asyncio.create_task(wait())
        await asyncio.sleep(0)
        future = loop.create_future()
        future.add_done_callback(lambda done: outer.set_result(None))
        assert awaited_by(outer) == {waiting}
        assert awaited_by(future) is None
        future.set_result(None)
        await waiting

    either_loop.run_until_complete(program())


def test_nothing_is_retained(run):
    async def main():
        future = asyncio.get_running_loop().create_future()

        async def wait():
            await future

        task = asyncio.create_task(wait())
        await asyncio.sleep(0)
        assert awaited_by(future) == {task}
        task.cancel()
        await asyncio.wait([task])
        gone = weakref.ref(task)
        del task
        gc.collect()
        assert gone() is None
        assert awaited_by(future) is None

    run(main)
