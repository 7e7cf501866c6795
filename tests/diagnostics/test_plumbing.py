"""asyncio's inner callbacks are recognised: a new CPython that renames them fails here."""

import asyncio

import pytest

import trueloop
from trueloop.diagnostics import plumbing

pytestmark = pytest.mark.usefixtures("accelerated")


def test_every_reader_is_found_in_this_python():
    names = {code.co_name for code in plumbing.READERS}

    assert names == {
        "_done_callback",
        "_on_completion",
        "_inner_done_callback",
        "_set_concurrent_future_state",
    }


async def idle():
    await asyncio.sleep(60)


async def waits_in_task_group(task):
    async with asyncio.TaskGroup() as group:
        task.append(group.create_task(idle()))


async def waits_in_gather(task):
    task.append(asyncio.ensure_future(idle()))
    await asyncio.gather(*task)


async def waits_in_wait(task):
    task.append(asyncio.ensure_future(idle()))
    await asyncio.wait(task)


async def waits_behind_shield(task):
    task.append(asyncio.ensure_future(idle()))
    await asyncio.shield(task[0])


async def waits_for(task):
    task.append(asyncio.ensure_future(idle()))
    await asyncio.wait_for(task[0], 60)


async def simply_waits(task):
    task.append(asyncio.ensure_future(idle()))
    await task[0]


@pytest.mark.parametrize(
    "owner",
    [
        waits_in_task_group,
        waits_in_gather,
        waits_in_wait,
        waits_behind_shield,
        waits_for,
        simply_waits,
    ],
)
def test_task_that_another_one_waits_for_has_an_owner(owner):
    async def main():
        task = []
        waiting = asyncio.create_task(owner(task))
        for _ in range(4):  # so that both wait
            await asyncio.sleep(0)
        owned = plumbing.has_owner(task[0]), plumbing.has_owner(waiting)
        waiting.cancel()
        await asyncio.wait([waiting])
        task[0].cancel()
        await asyncio.wait(task)
        return owned

    assert trueloop.run(main()) == (True, False)


def test_gather_that_nobody_awaits_is_no_owner():
    async def main():
        task = asyncio.ensure_future(idle())
        gathered = asyncio.gather(task)
        owned = plumbing.has_owner(task)
        gathered.cancel()
        await asyncio.wait([gathered])
        gathered.cancelled() or gathered.exception()
        return owned

    assert trueloop.run(main()) is False


def test_plain_done_callback_is_no_owner():
    async def main():
        task = asyncio.ensure_future(idle())
        task.add_done_callback(print)
        task.add_done_callback(set().discard)
        owned = plumbing.has_owner(task)
        task.remove_done_callback(print)
        task.cancel()
        await asyncio.wait([task])
        return owned

    assert trueloop.run(main()) is False


def test_variable_that_is_not_assigned_yet_is_none():
    def outer():
        def inner():
            return value

        found = plumbing.enclosed(inner, "value")
        value = 1
        return found, plumbing.enclosed(inner, "value"), plumbing.enclosed(inner, "other")

    assert outer() == (None, 1, None)
