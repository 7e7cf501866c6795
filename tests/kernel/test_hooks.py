"""Hooks: each slot is called at its moment, with its facts, and cannot break the loop."""

import asyncio
import gc
import sys
import threading
import time

import pytest

import trueloop
from trueloop.kernel import hooks
from trueloop.kernel.task import interrupt
from trueloop.observable import SLOTS


class Failure(Exception):
    """What the tests raise."""


@pytest.fixture
def calls(bare_loop):
    """Every call of every slot, in order: (slot, first argument, ...)."""
    found = []

    def record(slot):
        def hook(*arguments):
            found.append((slot, *arguments))
            return answers.get(slot, True)

        return hook

    answers = {"circular": None, "idle": None}

    for slot in SLOTS:
        if slot != "submits":  # whose answer is what runs
            setattr(bare_loop.hooks, slot, record(slot))
    yield found
    for slot in SLOTS:
        setattr(bare_loop.hooks, slot, None)


def names(calls, task):
    return [call[0] for call in calls if len(call) > 1 and call[1] is task]


def test_all_slots_are_known_to_this_test():
    fresh = hooks.Hooks()
    slots = {name for name in dir(fresh) if not name.startswith("_")}
    facts = {"beat_address", "cancels", "current_task", "hearing", "live_count", "tasks"}
    assert slots - facts == set(SLOTS)


def test_the_life_of_a_task_in_hooks(bare_loop, calls):
    async def child():
        await asyncio.sleep(0)
        await future

    async def main():
        task = asyncio.create_task(child())
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        future.set_result(None)
        await task
        return task

    future = bare_loop.create_future()
    task = bare_loop.run_until_complete(main())
    step = ["before_step", "after_step"]
    assert names(calls, task) == [
        "task_created",
        *step,
        *step,
        "wait_begins",
        *step,
        "task_finished",
    ]
    assert ("wait_begins", task, future) in calls


def test_the_current_task_is_known_inside_a_step(bare_loop):
    seen = []
    bare_loop.hooks.before_step = lambda task: seen.append(bare_loop.hooks.current_task is task)

    async def main():
        assert bare_loop.hooks.current_task is asyncio.current_task()
        await asyncio.sleep(0)

    bare_loop.run_until_complete(main())
    assert seen == [True, True]
    assert bare_loop.hooks.current_task is None


def test_a_task_that_fails(bare_loop, calls):
    async def failing():
        raise Failure

    task = bare_loop.create_task(failing())
    bare_loop.run_until_complete(asyncio.wait([task]))
    assert names(calls, task)[-2:] == ["task_failed", "task_finished"]
    assert task.reads == 0
    assert isinstance(task.exception(), Failure)
    assert task.reads == 1


def test_a_task_that_is_cancelled(bare_loop, calls):
    async def main():
        task = asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        return task

    task = bare_loop.run_until_complete(main())
    assert "task_cancelled" in names(calls, task)
    assert names(calls, task)[-1] == "task_finished"
    assert "task_failed" not in names(calls, task)


def test_a_future_that_fails_and_is_lost(bare_loop, calls):
    future = bare_loop.create_future()
    future.set_exception(Failure())
    assert calls[-1][0] == "future_failed"
    assert calls[-1][1] is future
    seen = []
    bare_loop.hooks.exception_lost = lambda future: seen.append(repr(future.exception()))
    calls.clear()
    bare_loop.set_exception_handler(lambda loop, context: None)
    del future
    gc.collect()
    assert seen == ["Failure()"]


def test_a_future_whose_exception_was_read_is_not_lost(bare_loop, calls):
    future = bare_loop.create_future()
    future.set_exception(Failure())
    future.exception()
    calls.clear()
    del future
    gc.collect()
    assert calls == []


def test_a_callback_that_fails(bare_loop, calls):
    bare_loop.set_exception_handler(lambda loop, context: calls.append(("handler", context)))
    bare_loop.call_soon(lambda: 1 / 0)
    bare_loop.call_soon(bare_loop.stop)
    bare_loop.run_forever()
    assert [call[0] for call in calls] == ["callback_failed", "reported", "handler"]
    assert calls[0][2] is calls[1][2] is calls[2][1]
    assert isinstance(calls[0][2]["exception"], ZeroDivisionError)


def test_a_slow_step(bare_loop, calls):
    bare_loop.slow_callback_duration = 0.001

    async def slow():
        until = time.monotonic() + 0.005
        while time.monotonic() < until:
            pass

    task = bare_loop.create_task(slow())
    bare_loop.run_until_complete(task)
    [(_, loop, ran, started, duration)] = [call for call in calls if call[0] == "slow_step"]
    assert loop is bare_loop
    assert ran is task
    assert started > 0
    assert duration >= 0.005


def test_tasks_that_the_shutdown_cancels_are_abandoned(bare_loop, calls):
    async def main():
        asyncio.create_task(asyncio.sleep(3600), name="left")
        cancelled = asyncio.create_task(asyncio.sleep(3600), name="cancelled before")
        await asyncio.sleep(0)
        cancelled.cancel()

    bare_loop.run_until_complete(main())
    asyncio.runners._cancel_all_tasks(bare_loop)
    assert [call[1].get_name() for call in calls if call[0] == "abandoned"] == ["left"]


def test_a_loop_closed_with_pending_tasks_abandons_them(bare_loop, calls):
    task = bare_loop.create_task(asyncio.sleep(3600))
    bare_loop.run_until_complete(asyncio.sleep(0))
    task._log_destroy_pending = False
    bare_loop.close()
    assert ("abandoned", task) in calls


def test_a_look_of_registered_code_counts_as_the_hook_says(bare_loop):
    def plumbing(future):
        future.exception()

    hooks.skip_reader(plumbing.__code__)
    answers = [False, True]
    bare_loop.hooks.read_by_plumbing = lambda future: answers.pop(0)
    future = bare_loop.create_future()
    future.set_exception(Failure())
    plumbing(future)
    assert future.reads == 0
    plumbing(future)
    assert future.reads == 1
    assert not future._log_traceback


# Called from Python, by loop.py; and slow_pass has its test in test_hooks_of_the_run.py.
ELSEWHERE = {"reported", "generator_begins", "generator_left", "submits", "slow_pass"}


@pytest.mark.parametrize("slot", [slot for slot in SLOTS if slot not in ELSEWHERE])
def test_a_hook_that_raises_changes_nothing(bare_loop, monkeypatch, capfd, slot):
    """What it raises goes to sys.unraisablehook."""
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", lambda info: unraisable.append(info.exc_type))
    bare_loop.set_exception_handler(lambda loop, context: None)
    bare_loop.slow_callback_duration = -1

    def plumbing(future):
        return future.exception()

    hooks.skip_reader(plumbing.__code__)

    def broken(*arguments):
        raise Failure

    async def child(n):
        await asyncio.sleep(0)
        if n == 1:
            raise ValueError
        if n == 2:
            await bare_loop.create_future()
        return n

    async def in_a_circle(n):
        await tasks_in_a_circle[1 - n]

    async def survivor():
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            asyncio.current_task().uncancel()

    tasks_in_a_circle = []

    async def main():
        tasks_in_a_circle.extend(asyncio.create_task(in_a_circle(n)) for n in range(2))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        interrupt(tasks_in_a_circle[0], asyncio.CancelledError())
        await asyncio.wait(tasks_in_a_circle)
        survives = asyncio.create_task(survivor())
        await asyncio.sleep(0)
        survives.cancel()
        await survives
        thread = threading.Thread(target=bare_loop.call_soon, args=(int,))
        thread.start()
        thread.join()
        bare_loop.call_soon(lambda: 1 / 0)
        tasks = [asyncio.create_task(child(n)) for n in range(3)]
        for _ in range(3):
            await asyncio.sleep(0)
        tasks[2].cancel()
        found = await asyncio.gather(*tasks, return_exceptions=True)
        lost = bare_loop.create_future()
        lost.set_exception(ValueError())
        del lost
        seen = bare_loop.create_future()
        seen.set_exception(ValueError())
        plumbing(seen)
        asyncio.create_task(asyncio.sleep(3600))
        await asyncio.sleep(0.001)  # now the loop is idle
        return [type(thing) for thing in found]

    async def run():
        found = await main()
        gc.collect()
        return found

    setattr(bare_loop.hooks, slot, broken)
    assert bare_loop.run_until_complete(run()) == [int, ValueError, asyncio.CancelledError]
    asyncio.runners._cancel_all_tasks(bare_loop)
    setattr(bare_loop.hooks, slot, None)
    assert set(unraisable) == {Failure}
    assert capfd.readouterr().err == ""


def test_a_hook_may_empty_its_own_slot(bare_loop):
    class Once:
        def __init__(self, slot):
            self.slot = slot

        def __call__(self, *arguments):
            setattr(bare_loop.hooks, self.slot, None)
            gc.collect()
            seen.append(self.slot)

    seen = []
    for slot in ("before_step", "after_step", "task_created", "task_finished", "wait_begins"):
        setattr(bare_loop.hooks, slot, Once(slot))
    bare_loop.run_until_complete(asyncio.sleep(0.001))
    assert sorted(seen) == sorted(
        ["before_step", "after_step", "task_created", "task_finished", "wait_begins"]
    )


def test_every_new_loop_is_shown():
    shown = []
    hooks.on_new_loop.append(shown.append)
    try:
        made = trueloop.new_event_loop()
        made.close()
    finally:
        hooks.on_new_loop.remove(shown.append)
    assert shown == [made]


def test_live_tasks_are_those_of_all_loops(bare_loop):
    other = trueloop.new_event_loop()
    task = bare_loop.create_task(asyncio.sleep(0))
    others = other.create_task(asyncio.sleep(0))
    assert {task, others} <= set(hooks.live_tasks())
    assert bare_loop.hooks.tasks() == [task]
    bare_loop.run_until_complete(task)
    other.run_until_complete(others)
    assert not {task, others} & set(hooks.live_tasks())
    other.close()


@pytest.mark.parametrize("function", [hooks.skip_code, hooks.skip_reader])
def test_only_code_objects_are_skipped(function):
    with pytest.raises(TypeError, match=r"^a code object was expected, got 1$"):
        function(1)
    function(test_only_code_objects_are_skipped.__code__)
    function(test_only_code_objects_are_skipped.__code__)
