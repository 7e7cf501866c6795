"""A round that took too long is charged to the function that took most of it, or to nobody."""

import asyncio
import time
from types import SimpleNamespace

import pytest

import trueloop
from tests.diagnostics.recorded import STALL
from trueloop import diagnostics
from trueloop.diagnostics import Place, Severity, watching
from trueloop.diagnostics.detectors import starved_loop
from trueloop.diagnostics.detectors.blocked_loop import BlockedLoop
from trueloop.diagnostics.detectors.starved_loop import StarvedLoop
from trueloop.diagnostics.places import LOOP_FILE
from trueloop.diagnostics.stall import Frame, Sample

POLL = Frame("/srv/app/jobs.py", 12, "poll")
POLL_LATER = POLL._replace(line=14)
PARSE = Frame("/srv/app/jobs.py", 20, "parse")
TICK = Frame("/srv/app/timers.py", 5, "tick")
DUMPS = Frame(asyncio.__file__, 1, "dumps")
LOOP = Frame(LOOP_FILE, 100, "EventLoop.run_forever")
START = Frame("/srv/app/main.py", 9, "<module>")
OURS = Frame(diagnostics.ledger.__class__.record.__code__.co_filename, 1, "record")


def sample(*frames, coroutines=1, doing="python"):
    return Sample(0.1, (*frames, LOOP, START), doing == "gil", doing, (), -1, coroutines)


def stall(*samples, **changes):
    plain = STALL._replace(samples=samples or (sample(POLL),) * 10, cpu_s=0.5)
    return plain._replace(**changes)


@pytest.fixture(autouse=True)
def forgotten(monkeypatch):
    """No function has been named yet."""
    monkeypatch.setattr(starved_loop, "_named", {})


class FakeLoop:
    slow_callback_duration = 0.1


@pytest.fixture
def slow_pass(monkeypatch):
    """slow_pass(stall, ...): what StarvedLoop records of such a pass."""

    def slow_pass(stall, duration_s=0.5, entries=100, tasks=(), late_s=0.0):
        recorded = []
        monkeypatch.setattr(watching, "take_pass", lambda loop, ticks: stall)
        loop = FakeLoop()
        loop.hooks = SimpleNamespace(tasks=lambda: list(tasks))
        StarvedLoop(recorded.append).slow_pass(loop, 1, duration_s, entries, late_s)
        return recorded

    return slow_pass


def test_round_that_took_too_long_is_an_error_with_numbers(slow_pass):
    (finding,) = slow_pass(stall())

    assert (finding.kind, finding.severity) == ("starved-loop", Severity.ERROR)
    assert finding.where == Place(*POLL)
    assert finding.message == (
        "one round of 100 steps held the loop for 0.5 s (allowed: 0.1 s), although no step was "
        "long by itself; most of that was spent in poll, and nothing else had its turn"
    )
    assert finding.details == {
        "duration_s": 0.5,
        "threshold_s": 0.1,
        "steps": 100,
        "in_this_function_s": 0.5,
        "starved_s": 0.0,
        "gil_s": 0.0,
        "gc_s": 0.0,
        "samples": 10,
    }


@pytest.mark.parametrize(
    "seen",
    [
        None,
        stall(sample(POLL), sample(POLL)),
        stall(starved_s=0.45),
        stall(watch_late_s=0.45),
        stall(gil_s=0.45),
        stall(gc_s=0.45),
        stall(starved_s=0.2, gil_s=0.1, gc_s=0.12),
        stall(*[sample(OURS, POLL)] * 9, sample(POLL)),
        stall(*[sample(POLL, doing="gil")] * 10),
        stall(*[sample(POLL, doing="gc")] * 10),
        stall(*[sample()] * 10),
        stall(*[sample(DUMPS, coroutines=0)] * 10),
        stall(*[sample(POLL)] * 3, missed=40),
        stall(*[sample()] * 3, missed=40),
        stall(*[sample(POLL)] * 9, sample(Frame("/usr/lib/python3.12/pdb.py", 1, "loop"), POLL)),
    ],
    ids=[
        "unseen",
        "hardly seen",
        "starved",
        "stopped",
        "GIL",
        "garbage",
        "all together",
        "trueloop",
        "held up",
        "collecting",
        "nobody's code",
        "the library's own",
        "too fast to see",
        "too fast to see, and nobody there",
        "debugger",
    ],
)
def test_nobody_is_blamed_in_doubt(seen, slow_pass):
    assert slow_pass(seen) == []


def test_round_with_a_step_that_was_too_long_is_left_to_blocked_loop(slow_pass, monkeypatch):
    monkeypatch.setattr(BlockedLoop, "is_since", lambda loop, ticks: ticks <= 1)

    assert slow_pass(stall()) == []


def test_two_steps_of_which_neither_waited_too_long_are_no_crowd(slow_pass):
    assert slow_pass(stall(), duration_s=0.18, entries=2) == []
    assert slow_pass(stall(), duration_s=0.14, entries=3) == []
    assert len(slow_pass(stall(), duration_s=0.16, entries=3)) == 1


def test_a_timer_waits_for_the_rest_of_the_round_before_too(slow_pass):
    (finding,) = slow_pass(stall(), duration_s=0.08, late_s=0.05)
    assert "kept a timer waiting for 0.13 s (allowed: 0.1 s)" in finding.message


@pytest.mark.parametrize(
    ("duration_s", "late_s", "starved_s"),
    [(0.08, 0.01, 0.0), (0.04, 0.9, 0.0), (0.08, 0.05, 0.02)],
    ids=["hardly late", "short round", "no processor"],
)
def test_a_late_timer_alone_is_no_proof(slow_pass, duration_s, late_s, starved_s):
    seen = stall(starved_s=starved_s)
    assert slow_pass(seen, duration_s=duration_s, late_s=late_s) == []


def test_steps_that_do_nothing_are_not_greedy_however_many(slow_pass):
    assert slow_pass(stall(), duration_s=0.5, entries=200_000) == []


def test_function_with_most_samples_is_named_and_its_commonest_line(slow_pass):
    seen = stall(*[sample(TICK)] * 4, *[sample(POLL)] * 3, *[sample(POLL_LATER)] * 2)

    (finding,) = slow_pass(seen)

    assert finding.where == Place(*POLL)
    assert finding.details["in_this_function_s"] == pytest.approx(0.5 * 5 / 9, abs=1e-6)
    assert "most of that was spent in poll" in finding.message


def test_share_is_told_if_it_is_not_the_most(slow_pass):
    (finding,) = slow_pass(stall(*[sample(TICK)] * 4, *[sample(POLL)] * 3, *[sample(PARSE)] * 3))

    assert "; 40% of that was spent in tick" in finding.message


def test_coroutine_is_named_rather_than_what_it_calls(slow_pass):
    (finding,) = slow_pass(stall(*[sample(DUMPS, PARSE, POLL, coroutines=0b100)] * 5))

    assert finding.where == Place(*POLL)
    assert finding.stack == (Place(*DUMPS), Place(*PARSE), Place(*POLL))


def test_innermost_coroutine_is_named(slow_pass):
    (finding,) = slow_pass(stall(*[sample(PARSE, POLL, coroutines=0b11)] * 5))

    assert finding.where == Place(*PARSE)


def test_callback_is_named_rather_than_what_it_calls(slow_pass):
    (finding,) = slow_pass(stall(*[sample(PARSE, TICK, coroutines=0)] * 5))

    assert finding.where == Place(*TICK)


def test_a_function_is_named_by_the_same_line_in_every_round(slow_pass):
    (first,) = slow_pass(stall(*[sample(POLL)] * 5))
    (second,) = slow_pass(stall(*[sample(POLL_LATER)] * 5))

    assert second.key == first.key


def test_line_that_created_the_crowd_is_told(slow_pass):
    async def poll():
        pass

    coroutine = poll()
    task = SimpleNamespace(get_coro=lambda: coroutine, created_at=("/srv/app/main.py", 7, "main"))
    here = Frame(__file__, poll.__code__.co_firstlineno, poll.__code__.co_qualname)

    (finding,) = slow_pass(stall(*[sample(here)] * 5), tasks=[task, task])

    coroutine.close()
    (created,) = finding.related
    assert (created.role, created.place) == ("created", Place("/srv/app/main.py", 7, "main"))


def crowd(count, line):
    async def poll():
        pass

    coroutine = poll()
    coroutine.close()
    task = SimpleNamespace(
        get_coro=lambda: coroutine, created_at=("/srv/app/main.py", line, "main")
    )
    return [task] * count


def test_steps_too_fast_to_see_are_named_by_the_line_that_created_most_of_their_tasks(slow_pass):
    seen = stall(sample(POLL), missed=40)

    (finding,) = slow_pass(seen, entries=1000, tasks=[*crowd(700, 7), *crowd(200, 8)])

    assert finding.where == Place("/srv/app/main.py", 7, "main")
    assert "; most of them were steps of " in finding.message
    assert "crowd.<locals>.poll, and nothing else" in finding.message
    assert "in_this_function_s" not in finding.details


def test_tasks_that_are_too_few_for_the_steps_are_not_named(slow_pass):
    seen = stall(sample(POLL), missed=40)

    assert slow_pass(seen, entries=1000, tasks=crowd(400, 7)) == []


def test_tasks_are_not_named_if_the_steps_could_be_seen(slow_pass):
    seen = stall(*[sample()] * 10)

    assert slow_pass(seen, entries=1000, tasks=crowd(1000, 7)) == []


def test_crowd_in_a_running_loop_is_found(collected):
    async def poll():
        for _ in range(2):
            end_s = time.thread_time() + 0.005
            while time.thread_time() < end_s:
                pass
            await asyncio.sleep(0)

    async def main():
        await asyncio.gather(*(poll() for _ in range(60)))

    trueloop.run(main())

    (finding,) = [found for found in collected if found.kind == "starved-loop"]
    assert finding.where.function.endswith("<locals>.poll")
    assert [other.place.function.rpartition(".")[2] for other in finding.related] == ["main"]
    assert finding.details["steps"] >= 60
