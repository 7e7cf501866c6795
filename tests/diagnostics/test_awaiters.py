"""Who waits for a task, by whatever plumbing."""

import asyncio

import pytest

import trueloop
from trueloop.diagnostics.reachability import awaiters

pytestmark = pytest.mark.usefixtures("accelerated")


async def plain(task):
    await task


async def gathers(task):
    await asyncio.gather(task, asyncio.sleep(5))


async def waits(task):
    await asyncio.wait([task, asyncio.ensure_future(asyncio.sleep(5))])


async def shields(task):
    await asyncio.shield(task)


async def limits(task):
    await asyncio.wait_for(task, 5)


async def takes_first(task):
    for first in asyncio.as_completed([task, asyncio.sleep(5)]):
        await first


async def nests(task):
    await asyncio.gather(asyncio.shield(asyncio.gather(task)))


@pytest.mark.parametrize(
    "function",
    [plain, gathers, waits, shields, limits, takes_first, nests],
    ids=lambda function: function.__name__,
)
def test_awaiter_is_found_and_siblings_are_not(function):
    async def main():
        task = asyncio.create_task(asyncio.sleep(5))
        waiting = asyncio.create_task(function(task))
        for _ in range(3):
            await asyncio.sleep(0)
        found = [each for each in awaiters.around(task) if isinstance(each, asyncio.Task)]
        for each in asyncio.all_tasks() - {asyncio.current_task()}:
            each.cancel()
        await asyncio.wait([task, waiting])
        return found == [waiting]

    assert trueloop.run(main())


def test_parent_of_a_group_is_found_and_its_other_children_are_not():
    async def main():
        found = []
        async with asyncio.TaskGroup() as group:
            task = group.create_task(asyncio.sleep(5))
            other = group.create_task(asyncio.sleep(5))
            await asyncio.sleep(0)
            found += [each for each in awaiters.around(task) if isinstance(each, asyncio.Task)]
            task.cancel()
            other.cancel()
        return found == [asyncio.current_task()]

    assert trueloop.run(main())


def test_task_that_nobody_awaits_has_no_awaiters():
    async def main():
        task = asyncio.create_task(asyncio.sleep(0.01))
        task.add_done_callback(lambda task: None)
        await asyncio.sleep(0)
        found = awaiters.around(task)
        await task
        return found

    assert trueloop.run(main()) == []
