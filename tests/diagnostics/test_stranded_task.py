"""When a stranded task is told of, and what that costs."""

import asyncio
import gc
import time
import weakref

import pytest

import trueloop
from trueloop.diagnostics import reachability
from trueloop.diagnostics.detectors import stranded_task

pytestmark = [
    pytest.mark.usefixtures("accelerated"),
    pytest.mark.skipif(not reachability.is_available, reason="without the GIL nothing is claimed"),
]


async def reads(queue):
    return await queue.get()


async def ticks(until):
    for _ in range(500):
        if until():
            return
        await asyncio.sleep(0.02)


def of_kind(collected):
    return [each for each in collected if each.kind == "stranded-task"]


@pytest.fixture
def impatient(monkeypatch):
    monkeypatch.setattr(stranded_task, "_PATIENCE_S", 0.3)


def test_task_that_nobody_holds_is_told_of_at_once(collected):
    async def main():
        asyncio.create_task(reads(asyncio.Queue()), name="lost")
        await ticks(lambda: of_kind(collected))

    trueloop.run(main())
    (finding,) = of_kind(collected)

    assert finding.task == "lost"
    assert finding.where.function == "reads"
    assert [each.role for each in finding.related] == ["created"]
    assert finding.details["waited_s"] >= 0.2


def test_innermost_of_those_that_wait_for_each_other_is_told_of_once(collected, impatient):
    async def outer(inner):
        await inner

    async def main():
        inner = asyncio.create_task(reads(asyncio.Queue()), name="inner")
        group = asyncio.gather(asyncio.create_task(outer(inner)), inner)
        await ticks(lambda: of_kind(collected))
        ended = time.monotonic() + 1.0
        await ticks(lambda: time.monotonic() > ended)
        group.cancel()

    trueloop.run(main())
    (finding,) = of_kind(collected)

    assert finding.task == "inner"
    assert "awaits" in [each.role for each in finding.related]


def test_task_that_was_told_of_is_not_kept_alive(collected):
    class Payload:
        pass

    gone = []

    async def lost(queue, payload):
        gone.append(weakref.ref(payload))
        await queue.get()

    async def main():
        asyncio.create_task(lost(asyncio.Queue(), Payload()))
        await ticks(lambda: of_kind(collected))
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()

    trueloop.run(main())
    gc.collect()

    assert gone[0]() is None


def test_task_that_goes_on_is_forgotten(collected, impatient):
    async def main():
        queue = asyncio.Queue()
        task = asyncio.create_task(reads(queue))
        # found stranded, but only because its queue hides in a finished frame for a while
        hidden = [queue]
        del queue
        ended = time.monotonic() + 0.8
        await ticks(lambda: time.monotonic() > ended)
        hidden.pop().put_nowait("late")
        assert await task == "late"

    trueloop.run(main())

    assert of_kind(collected) == []


def test_thousands_at_once_do_not_hold_up_the_loop(collected):
    async def main():
        for _ in range(5000):
            asyncio.create_task(reads(asyncio.Queue()))
        await ticks(lambda: of_kind(collected))

    trueloop.run(main())

    assert "blocked-loop" not in {each.kind for each in collected if "idle" in each.message}
    assert of_kind(collected)


def test_debug_mode_is_watched_too(collected, impatient):
    async def main():
        held = asyncio.create_task(reads(asyncio.Queue()), name="held")
        await ticks(lambda: of_kind(collected))
        held.cancel()

    trueloop.run(main(), debug=True)
    (finding,) = of_kind(collected)

    assert finding.task == "held"
