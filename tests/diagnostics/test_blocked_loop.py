"""The line that held the loop longest is blamed; nobody, if it was not the program's doing."""

import asyncio
import signal
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import pytest

import trueloop
from tests.diagnostics.recorded import STALL
from trueloop.diagnostics import Place, Severity, watch, watching
from trueloop.diagnostics.detectors.blocked_loop import BlockedLoop
from trueloop.diagnostics.places import LOOP_FILE
from trueloop.diagnostics.stall import Frame, Sample, dominating

JOBS = "/srv/app/jobs.py"
LOAD = Frame(JOBS, 12, "load")
PARSE = Frame(JOBS, 20, "parse")
MAIN = Frame("/srv/app/main.py", 5, "main")
START = Frame("/srv/app/main.py", 9, "<module>")
SLEEP = Frame(subprocess.__file__, 1, "wait")
LOOP = Frame(LOOP_FILE, 100, "EventLoop.run_forever")


def sample(age_s, *frames):
    return Sample(age_s, (*frames, LOOP, START))


def place(frame):
    return Place(*frame)


def held(*samples, duration_s=1.0):
    stacks = [(one.age_s, tuple(place(frame) for frame in one.frames)) for one in samples]
    return dominating(stacks, duration_s)


def test_line_with_most_time_is_blamed_not_the_one_with_most_samples():
    line = held(
        sample(0.05, PARSE, MAIN),
        sample(0.06, PARSE, MAIN),
        sample(0.07, PARSE, MAIN),
        sample(0.5, LOAD, MAIN),
    )

    assert line.where == place(LOAD)
    assert line.held_s == pytest.approx(0.93)
    assert line.stack == (place(LOAD), place(MAIN))


def test_library_frames_are_charged_to_the_line_that_called_them():
    assert held(sample(0.1, SLEEP, LOAD, MAIN)).where == place(LOAD)


def test_step_without_a_line_of_the_user_is_charged_to_the_library():
    assert held(sample(0.1, SLEEP)).where == place(SLEEP)


def test_who_started_the_loop_is_not_blamed_for_a_step():
    assert held(sample(0.1, SLEEP)).where != place(START)


def test_no_samples_blame_nobody():
    assert dominating([], 1.0) is None


class FakeLoop:
    slow_callback_duration = 0.1
    hooks = SimpleNamespace(tasks=list)


@pytest.fixture
def slow_step(monkeypatch):
    """slow_step(stall, ...): what BlockedLoop records of such a step, as (finding, written)."""

    def slow_step(stall, duration_s=1.0, ran=None):
        recorded = []
        monkeypatch.setattr(watching, "take", lambda loop, ticks: stall)
        monkeypatch.setattr(watching, "written", lambda file, line: None)
        loop = FakeLoop()
        detector = BlockedLoop(lambda finding, written: recorded.append((finding, written)))
        detector.slow_step(loop, ran or SimpleNamespace(_callback=print), 1, duration_s)
        return recorded

    return slow_step


def stall(*samples, starved_s=0.0, watch_late_s=0.0, gil_s=0.0, announced_at=None):
    return STALL._replace(
        samples=samples or (sample(0.1, LOAD, MAIN),),
        starved_s=starved_s,
        watch_late_s=watch_late_s,
        announced=announced_at is not None,
        announced_at=announced_at,
        gil_s=gil_s,
    )


def test_blocked_step_is_an_error_with_numbers(slow_step):
    ((finding, written),) = slow_step(stall())

    assert (finding.kind, finding.severity, written) == ("blocked-loop", Severity.ERROR, False)
    assert finding.where == place(LOAD)
    assert finding.message == (
        "load held the loop for 1 s (allowed: 0.1 s); nothing else could run. "
        "It was the callback print"
    )
    assert finding.details == {
        "duration_s": 1.0,
        "threshold_s": 0.1,
        "at_this_line_s": 1.0,
        "python_s": 0.0,
        "c_s": 0.0,
        "gc_s": 0.0,
        "syscall_s": 0.0,
        "gil_s": 0.0,
        "cpu_s": 0.0,
        "starved_s": 0.0,
        "total_s": 1.0,
        "worst_s": 1.0,
        "samples": 1,
    }


@pytest.mark.parametrize(
    "seen",
    [
        None,
        stall(starved_s=0.95),
        stall(watch_late_s=0.95),
        stall(starved_s=0.92, watch_late_s=0.92),
        stall(gil_s=0.95),
        stall(starved_s=0.5, gil_s=0.45),
        stall(sample(0.1, LOAD, MAIN)._replace(held_up=True)),
        stall(sample(0.1, Frame("/usr/lib/python3.12/pdb.py", 1, "interaction"), LOAD)),
        stall(sample(0.1, LOAD), sample(0.2, Frame("/x/debugpy/server.py", 1, "wait"), LOAD)),
    ],
    ids=[
        "unseen",
        "starved",
        "stopped",
        "both",
        "GIL",
        "starved, GIL",
        "held up",
        "pdb",
        "debugpy",
    ],
)
def test_nobody_is_blamed_in_doubt(seen, slow_step):
    assert slow_step(seen) == []


@pytest.mark.parametrize(
    ("seen", "is_long"),
    [(stall(), True), (None, True), (stall(starved_s=0.95), False), (stall(gil_s=0.95), False)],
)
def test_round_with_a_step_that_was_long_by_itself_is_no_starved_loop_s(seen, is_long, monkeypatch):
    monkeypatch.setattr(watching, "take", lambda loop, ticks: seen)
    monkeypatch.setattr(watching, "written", lambda file, line: None)
    loop = FakeLoop()

    ran = SimpleNamespace(_callback=print)
    BlockedLoop(lambda finding, written: None).slow_step(loop, ran, 7, 1.0)

    assert BlockedLoop.is_since(loop, 7) is is_long
    assert not BlockedLoop.is_since(loop, 8 + watching.ticks(1.0))
    assert not BlockedLoop.is_since(FakeLoop(), 1)


def test_starvation_that_leaves_enough_excuses_nothing(slow_step):
    assert len(slow_step(stall(starved_s=0.5, watch_late_s=0.5))) == 1


def test_line_where_the_thread_had_no_processor_is_not_charged_for_that(slow_step):
    seen = stall(
        sample(0.8, PARSE, MAIN)._replace(starved_s=0.7),
        sample(1.0, LOAD, MAIN)._replace(starved_s=0.7),
        starved_s=0.7,
    )

    ((finding, _),) = slow_step(seen)

    assert finding.where == place(LOAD)
    assert finding.details["at_this_line_s"] == pytest.approx(0.2)


def seen_in(doing, age_s, *frames):
    return sample(age_s, *frames)._replace(doing=doing)


WAIT = Frame(threading.__file__, 327, "Condition.wait")
BEGIN = Frame(threading.__file__, 969, "Thread.start")


def test_wait_for_a_new_thread_to_get_a_processor_is_nobodys_fault(slow_step):
    born = [seen_in("syscall", age_s, WAIT, BEGIN, LOAD) for age_s in (0.05, 0.1, 0.35)]
    assert slow_step(stall(*born), duration_s=0.36) == []


def test_what_else_the_step_did_is_charged_without_that_wait(slow_step):
    seen = stall(seen_in("syscall", 0.3, WAIT, BEGIN, LOAD), seen_in("python", 0.31, PARSE, MAIN))
    ((finding, _),) = slow_step(seen, duration_s=0.5)
    assert finding.where == place(PARSE)


def test_a_thread_that_does_not_begin_for_long_is_told(slow_step):
    ((finding, _),) = slow_step(stall(seen_in("syscall", 3.0, WAIT, BEGIN, LOAD)), duration_s=3.0)
    assert finding.where == place(LOAD)


def test_garbage_is_not_charged_to_the_line_at_which_it_was_collected(slow_step):
    seen = stall(seen_in("gc", 0.4, PARSE, MAIN), seen_in("python", 0.7, LOAD, MAIN))

    ((finding, _),) = slow_step(seen._replace(gc_s=0.4, python_s=0.6), duration_s=0.7)

    assert finding.where == place(LOAD)
    assert "computing in Python" in finding.message


def test_garbage_that_took_most_is_blamed_itself(slow_step):
    seen = stall(seen_in("gc", 0.7, PARSE, MAIN), seen_in("python", 1.0, LOAD, MAIN))

    ((finding, _),) = slow_step(seen._replace(gc_s=0.7, python_s=0.3))

    assert finding.where == place(PARSE)
    assert finding.message.startswith("a collection of garbage in parse held the loop for 1 s")
    assert "gc.freeze()" in finding.hint


def test_stall_that_was_announced_is_recorded_where_it_was_announced(slow_step):
    seen = stall(sample(0.1, PARSE, MAIN), sample(1.0, LOAD, MAIN), announced_at=PARSE)

    ((finding, written),) = slow_step(seen)

    assert (finding.where, written) == (place(PARSE), True)


def test_callback_that_is_no_python_function_is_charged_to_who_registered_it(slow_step):
    ran = SimpleNamespace(_callback=time.sleep, created_at=tuple(MAIN))

    ((finding, _),) = slow_step(stall(sample(0.1)), ran=ran)

    assert finding.where == place(MAIN)
    assert finding.message.startswith("the callback sleep held the loop for 1 s")


def test_library_call_without_a_line_of_the_user_is_named_by_its_task(slow_step):
    ((finding, _),) = slow_step(stall(sample(0.1, SLEEP)))

    assert finding.where == place(SLEEP)
    assert finding.message.startswith("the callback print held the loop for 1 s")


@pytest.fixture
def unseen(monkeypatch):
    """unseen(stacks, cpu_s): a stall that nobody could look at, in a Python where stacks are so."""

    def unseen(stacks, cpu_s=0.0):
        status = watch.status()._replace(stacks=stacks)
        monkeypatch.setattr(watch, "status", lambda: status)
        return stall()._replace(samples=(), cpu_s=cpu_s)

    return unseen


def test_stall_that_could_have_been_seen_but_was_not_is_left_in_doubt(slow_step, unseen):
    assert slow_step(unseen("native", cpu_s=1.0)) == []


def test_where_stacks_cannot_be_read_the_step_is_named_and_the_reason(slow_step, unseen):
    ran = SimpleNamespace(_callback=time.sleep, created_at=tuple(MAIN))

    ((finding, _),) = slow_step(unseen("none"), ran=ran)

    assert finding.where == place(MAIN)
    assert finding.message.startswith("the callback sleep held the loop for 1 s")
    assert finding.message.endswith("trueloop does not know the stack frames of this Python")


def test_step_that_computed_without_a_look_is_named(slow_step, unseen):
    ((finding, _),) = slow_step(unseen("polite", cpu_s=0.9))

    assert finding.where is None


def test_step_that_may_have_waited_for_the_gil_like_the_look_is_not_blamed(slow_step, unseen):
    assert slow_step(unseen("polite", cpu_s=0.01)) == []


def test_process_that_was_stopped_is_no_blocked_loop(tmp_path):
    script = tmp_path / "stopped.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, sys

            async def main():
                await asyncio.sleep(0.01)
                print("ready", flush=True)
                sys.stdin.readline()  # stopped in the middle of this

            asyncio.run(main())
            """
        )
    )
    with subprocess.Popen(
        [sys.executable, "-m", "trueloop", "run", "--quiet", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        process.stdout.readline()
        process.send_signal(signal.SIGSTOP)
        time.sleep(0.5)  # the time that must not be charged to the program
        process.stdin.write("\n")
        process.stdin.flush()
        process.send_signal(signal.SIGCONT)
        _, error = process.communicate(timeout=30)

    assert error == ""


def test_line_is_named_in_a_running_loop(collected):
    async def main():
        await asyncio.sleep(0)
        time.sleep(0.25)  # noqa: ASYNC251 the bug

    trueloop.run(main())

    (finding,) = [found for found in collected if found.kind == "blocked-loop"]
    assert finding.where.file == __file__
    assert finding.where.function.endswith("<locals>.main")
    assert finding.details["duration_s"] == pytest.approx(0.25, rel=1)
