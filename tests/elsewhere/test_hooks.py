"""The hooks without a kernel: the same slots, called at the same moments, from Python."""

import asyncio
import gc
import inspect
import time

import pytest

from trueloop import observable
from trueloop.diagnostics.detectors import DETECTORS
from trueloop.elsewhere import hooks as elsewhere_hooks
from trueloop.elsewhere.loop import EventLoop
from trueloop.observable import SLOTS


@pytest.fixture
def loop():
    loop = EventLoop()
    yield loop
    loop.close()


@pytest.fixture
def fired(loop):
    """Each hook that was called, as (slot, arguments); all slots are filled."""
    fired = []

    def listen(slot):
        def hook(*arguments):
            fired.append((slot, arguments))
            return True

        return hook

    for slot in SLOTS:
        setattr(loop.hooks, slot, listen(slot))
    yield fired
    for slot in SLOTS:
        setattr(loop.hooks, slot, None)


def about(fired, task):
    """The hooks that were called with this task, in order."""
    return [slot for slot, arguments in fired if arguments[0] is task]


def test_the_description_names_each_slot():
    described = [name for name in vars(observable.Hooks) if name in SLOTS]

    assert sorted(described) == sorted(SLOTS)
    assert set(SLOTS) >= elsewhere_hooks.DRIVEN


@pytest.mark.parametrize("detector", DETECTORS, ids=lambda detector: detector.kind)
def test_each_detector_says_which_hooks_it_needs(detector):
    hooks = {name for name, _ in inspect.getmembers(detector, inspect.isfunction)} & set(SLOTS)

    assert set(detector.needs) <= hooks


def test_slots_are_empty_at_first(loop):
    assert all(getattr(loop.hooks, slot) is None for slot in SLOTS)


def test_the_life_of_a_task(loop, fired):
    async def main():
        await asyncio.sleep(0)
        await loop.create_future()

    task = loop.create_task(main())
    loop.call_soon(lambda: loop.call_soon(lambda: task._fut_waiter.set_result(None)))
    loop.run_until_complete(task)

    assert about(fired, task) == [
        "task_created",
        "before_step",
        "after_step",
        "before_step",
        "after_step",
        "wait_begins",
        "before_step",
        "after_step",
        "task_finished",
    ]


def test_a_task_that_fails_is_told_before_its_callbacks_run(loop, fired):
    async def fail():
        raise ValueError

    async def main():
        task = loop.create_task(fail())
        task.add_done_callback(lambda _: fired.append(("callback", (task,))))
        with pytest.raises(ValueError, match=r"^$"):
            await task
        return task

    task = loop.run_until_complete(main())

    told = about(fired, task)
    assert told.index("task_failed") < told.index("callback")
    assert "task_finished" in told


def test_a_step_that_takes_too_long(loop, fired):
    loop.slow_callback_duration = 0.01

    async def main():
        time.sleep(0.02)  # noqa: ASYNC251

    task = loop.create_task(main())
    loop.run_until_complete(task)

    ((where, ran, started, duration_s),) = [
        arguments for slot, arguments in fired if slot == "slow_step"
    ]
    assert (where, ran) == (loop, task)
    assert started > 0
    assert duration_s >= 0.02


def test_waiting_is_no_step(loop, fired):
    loop.slow_callback_duration = 0.01
    loop.run_until_complete(asyncio.sleep(0.05))

    assert "slow_step" not in {slot for slot, _ in fired}


def test_a_request_to_cancel(loop, fired):
    async def main():
        task = loop.create_task(asyncio.sleep(30))
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        task.cancel()  # it is done: no request
        return task

    task = loop.run_until_complete(main())

    assert about(fired, task).count("task_cancelled") == 1
    assert "abandoned" not in about(fired, task)


def test_what_asyncios_shutdown_cancels_is_abandoned(loop, fired):
    async def main():
        return [loop.create_task(asyncio.sleep(30)) for _ in range(2)]

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        left, cancelled = runner.run(main())
        cancelled.cancel()

    assert "abandoned" in about(fired, left)
    assert "abandoned" not in about(fired, cancelled)


@pytest.mark.filterwarnings("ignore:coroutine 'sleep' was never awaited")
def test_what_is_pending_when_the_loop_is_closed_is_abandoned(loop, fired):
    task = loop.create_task(asyncio.sleep(30))
    task._log_destroy_pending = False
    loop.close()

    assert about(fired, task)[-1] == "abandoned"


def test_failures_of_futures_and_callbacks(loop, fired):
    def fail():
        raise ValueError

    loop.set_exception_handler(lambda loop, context: None)
    future = loop.create_future()
    future.set_exception(ValueError())
    loop.call_soon(fail)
    loop.run_until_complete(asyncio.sleep(0))

    told = dict(fired)
    assert told["future_failed"] == (future,)
    assert told["callback_failed"] == told["reported"]
    assert told["reported"][1]["message"].startswith("Exception in callback")
    fired.clear()
    del future, told
    gc.collect()
    assert [slot for slot, _ in fired] == ["exception_lost", "reported"]


def test_a_look_by_asyncios_own_code_is_asked_about(loop, fired):
    elsewhere_hooks.skip_reader(test_a_look_by_asyncios_own_code_is_asked_about.__code__)
    future = loop.create_future()
    future.set_exception(ValueError())
    future.exception()

    assert "read_by_plumbing" in {slot for slot, _ in fired}
    assert future.reads == 1


def test_facts_about_the_loop(loop):
    async def main():
        other = loop.create_task(asyncio.sleep(0))
        current = asyncio.current_task()
        assert loop.hooks.current_task is current
        assert set(loop.hooks.tasks()) == {other, current}
        assert loop.main_outcome == "running"
        await other

    assert loop.main_outcome == "none"
    loop.run_until_complete(main())
    assert loop.main_outcome == "returned"
    assert loop.hooks.current_task is None


def test_the_beat_is_still_while_the_loop_does_not_run(loop):
    beats = []

    async def main():
        beats.append(loop.hooks.since)
        await asyncio.sleep(0)
        beats.append(loop.hooks.since)

    loop.run_until_complete(main())

    assert loop.hooks.since == 0
    assert loop.hooks.thread is None
    assert 0 < beats[0] < beats[1]
