"""What the cases do not show of circular-await: the finding, the error, and what is left behind."""

import asyncio
import gc
import time
import weakref

import pytest

import trueloop
from trueloop.diagnostics import Severity
from trueloop.diagnostics.detectors import circular_await

pytestmark = pytest.mark.usefixtures("accelerated")


def circles_in(collected):
    return [finding for finding in collected if finding.kind == "circular-await"]


async def pair(wait_for_a, wait_for_b):
    """Two tasks that wait for each other in the given ways; what each of them raised."""
    tasks = {}

    async def first():
        await wait_for_b(tasks["b"])

    async def second():
        await asyncio.sleep(0)
        await wait_for_a(tasks["a"])

    tasks["a"] = asyncio.create_task(first(), name="a")
    tasks["b"] = asyncio.create_task(second(), name="b")
    return await asyncio.gather(*tasks.values(), return_exceptions=True)


async def directly(task):
    await task


async def all_of(task):
    await asyncio.wait([task])


async def within(task):
    await asyncio.wait_for(asyncio.shield(task), 0.3)


@pytest.mark.parametrize("way", [directly, asyncio.shield, asyncio.gather, all_of])
def test_both_members_and_the_error_name_the_circle(way, collected):
    outcomes = trueloop.run(pair(directly, way))

    (finding,) = collected
    assert (finding.kind, finding.severity, finding.task) == ("circular-await", Severity.ERROR, "b")
    assert finding.message == (
        "task b (second) and task a (first) wait for each other; CircularAwaitError was raised in b"
    )
    assert finding.where.function == "directly"
    assert [other.role for other in finding.related] == ["awaits"]
    assert finding.details == {"tasks": 2}
    assert all(type(outcome) is trueloop.CircularAwaitError for outcome in outcomes[1:])
    lines = str(outcomes[1]).splitlines()
    assert lines[0] == "tasks wait for each other, and none can go on:"
    assert [line.split(" waits")[0] for line in lines[1:]] == [
        "  task b (second)",
        "  task a (first)",
    ]
    assert all(f" at {__file__}:" in line for line in lines[1:])


def test_error_is_a_runtime_error_and_a_trueloop_error():
    assert issubclass(trueloop.CircularAwaitError, RuntimeError)
    assert issubclass(trueloop.CircularAwaitError, trueloop.errors.TrueloopError)


def test_circle_around_which_a_timeout_lies_is_told_once_and_left_alone(collected):
    outcomes = trueloop.run(pair(within, all_of))

    assert [type(outcome) for outcome in outcomes] == [type(None), TimeoutError]
    (finding,) = circles_in(collected)
    assert finding.severity is Severity.WARNING
    assert finding.message.endswith("; only a timeout ends that")


def test_timeout_around_a_circle_that_cannot_be_cancelled_saves_nobody(collected):
    async def first(tasks):
        await tasks[1]

    async def second(tasks):
        await asyncio.sleep(0)
        async with asyncio.timeout(60):
            await tasks[0]

    async def main():
        tasks = []
        tasks += [asyncio.create_task(first(tasks)), asyncio.create_task(second(tasks))]
        await asyncio.wait(tasks)
        return [type(task.exception()) for task in tasks]

    assert trueloop.run(main()) == [trueloop.CircularAwaitError] * 2
    assert [finding.severity for finding in circles_in(collected)] == [Severity.ERROR]


def test_program_that_catches_the_error_goes_on(collected):
    async def main():
        me = asyncio.current_task()

        async def child():
            try:
                await me
            except trueloop.CircularAwaitError:
                return "went on"

        return await asyncio.create_task(child())

    assert trueloop.run(main()) == "went on"
    assert len(circles_in(collected)) == 1


def test_awaiting_oneself_is_asyncios_error_and_our_finding(collected):
    async def main():
        with pytest.raises(RuntimeError, match=r"^Task cannot await on itself: <Task ") as raised:
            await asyncio.current_task()
        return type(raised.value)

    assert trueloop.run(main()) is RuntimeError
    (finding,) = collected
    assert finding.message.endswith(" (main) waits for itself; it was refused")
    assert finding.related == ()


def test_every_member_is_freed_and_can_be_collected(collected):
    class Cargo:
        """Something that a coroutine holds."""

    refs = []

    async def hold(way, tasks, other):
        cargo = Cargo()
        refs.append(weakref.ref(cargo))
        await asyncio.sleep(0)
        await way(tasks[other])

    async def main():
        for way in (directly, all_of):
            tasks = {}
            tasks["a"] = asyncio.create_task(hold(way, tasks, "b"))
            tasks["b"] = asyncio.create_task(hold(way, tasks, "a"))
            await asyncio.gather(*tasks.values(), return_exceptions=True)

    trueloop.run(main())
    gc.collect()

    assert len(refs) == 4
    assert [ref() for ref in refs] == [None] * 4
    assert len(circles_in(collected)) == 2


def test_hundreds_of_circles_are_ended_in_one_look(collected):
    async def main():
        return await asyncio.gather(*(pair(asyncio.shield, asyncio.shield) for _ in range(300)))

    outcomes = trueloop.run(main())

    assert all(
        trueloop.CircularAwaitError in {type(outcome) for outcome in both} for both in outcomes
    )
    assert [finding.count for finding in circles_in(collected)] == [1, 10, 100]


def test_ring_of_a_thousand_is_ended(collected):
    async def main():
        tasks = []

        async def link(number):
            await tasks[(number + 1) % 1000]

        tasks += [asyncio.create_task(link(number)) for number in range(1000)]
        await asyncio.wait(tasks)
        return {type(task.exception()) for task in tasks}

    assert trueloop.run(main()) == {trueloop.CircularAwaitError}
    (finding,) = circles_in(collected)
    assert finding.details == {"tasks": 1000}
    assert len(finding.message) < 500


def test_pause_between_looks_grows_with_the_time_they_take(monkeypatch):
    now = [1000.0]

    class Clock:
        time = staticmethod(time.time)
        monotonic = staticmethod(lambda: now[0])
        thread_time = perf_counter = staticmethod(lambda: now[0])

    def slow_search(pending, start, limit_s, proof_limit_s):
        now[0] += 0.02
        return circular_await.waits.Answer([], 0)

    class Loop:
        class hooks:
            tasks = staticmethod(list)
            live_count = 0

    monkeypatch.setattr(circular_await, "time", Clock)
    monkeypatch.setattr(circular_await.waits, "find_circles", slow_search)

    detector = circular_await.CircularAwait(lambda finding: None)
    detector.idle(Loop, 1.0)
    now[0] += 0.5
    again_s = detector.idle(Loop, 1.0)

    assert again_s == pytest.approx(4.0 - 0.5 - 0.02)


def test_a_look_at_very_many_tasks_waits_until_it_pays(monkeypatch):
    now = [1000.0]
    looks = []

    class Clock:
        monotonic = perf_counter = thread_time = staticmethod(lambda: now[0])

    class Loop:
        class hooks:
            tasks = staticmethod(list)
            live_count = 10_000

    def search(pending, start, limit_s, proof_limit_s):
        looks.append(now[0])
        return circular_await.waits.Answer([], 0)

    monkeypatch.setattr(circular_await, "time", Clock)
    monkeypatch.setattr(circular_await.waits, "find_circles", search)
    detector = circular_await.CircularAwait(lambda finding: None)

    again_s = detector.idle(Loop, 1.0)
    assert 1 < again_s < 10
    assert not looks
    now[0] += again_s
    detector.idle(Loop, 1.0)
    assert looks


def test_a_look_that_waits_for_other_threads_is_not_paid_for_with_a_long_pause(monkeypatch):
    now, worked = [1000.0], [0.0]

    class Clock:
        monotonic = perf_counter = staticmethod(lambda: now[0])
        thread_time = staticmethod(lambda: worked[0])

    class Loop:
        class hooks:
            tasks = staticmethod(list)
            live_count = 0

    def search(pending, start, limit_s, proof_limit_s):
        now[0] += 1.5  # the GIL was with others
        worked[0] += 0.0005
        return circular_await.waits.Answer([], 0)

    monkeypatch.setattr(circular_await, "time", Clock)
    monkeypatch.setattr(circular_await.waits, "find_circles", search)
    detector = circular_await.CircularAwait(lambda finding: None)
    detector.idle(Loop, 1.0)
    looked = worked[0]
    now[0] += 1.0
    detector.idle(Loop, 1.0)

    assert worked[0] > looked


def test_of_very_many_circles_each_look_ends_some(monkeypatch, collected):
    monkeypatch.setattr(circular_await, "_LONGEST_JUDGING_S", 0.0)  # one in each look

    async def wait_for(others):
        await others[0]

    async def main():
        gathered = []
        for _ in range(20):
            # Not by the task itself: the hook would refuse the circle as it closes.
            one, other = [], []
            first = asyncio.create_task(wait_for(one))
            second = asyncio.create_task(wait_for(other))
            one.append(asyncio.gather(second, return_exceptions=True))
            other.append(asyncio.gather(first, return_exceptions=True))
            gathered += [first, second]
        return await asyncio.wait(gathered, timeout=30)

    done, pending = trueloop.run(main())
    assert not pending
    errors = [task.exception() for task in done]
    assert sum(isinstance(error, trueloop.CircularAwaitError) for error in errors) >= 20
