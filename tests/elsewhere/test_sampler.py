"""The watch in Python: what it sees of a blocked loop, and what it does not claim to see."""

import asyncio
import os
import re
import subprocess
import sys
import textwrap
import threading
import time
from types import SimpleNamespace

import pytest

from trueloop.diagnostics import sampler, watching
from trueloop.diagnostics.detectors.blocked_loop import BlockedLoop
from trueloop.diagnostics.places import Place
from trueloop.diagnostics.sampler import Record, _share
from trueloop.diagnostics.stall import Frame, dominating, own_samples
from trueloop.elsewhere.loop import EventLoop

LINE = Frame("/srv/app/jobs.py", 7, "load")
OTHER = Frame("/srv/app/jobs.py", 9, "load")


class FakeLoop:
    slow_callback_duration = 0.1


def found(monkeypatch, stall):
    """What is reported of a step of 0.5 s of which the watch in Python has recorded this."""
    monkeypatch.setattr(watching, "take", lambda loop, started: stall)
    monkeypatch.setattr(watching, "why_blind", sampler.why_blind)
    monkeypatch.setattr(watching, "written", lambda file, line: None)
    findings = []
    detector = BlockedLoop(lambda finding, written: findings.append(finding))
    detector.slow_step(FakeLoop(), SimpleNamespace(_callback=sleep), 1, 0.5)
    return findings[0] if findings else None


@pytest.fixture
def stall_of():
    """stall_of(function): what the watch has recorded of a step that calls it, and how long."""
    sampler.start()
    loop = EventLoop()
    seen = []
    loop.hooks.slow_step = lambda loop, ran, started, duration_s: seen.append(
        (sampler.take(loop, started), duration_s)
    )

    def stall_of(function):
        async def main():
            await asyncio.sleep(0.01)
            function()

        loop.run_until_complete(main())
        (answer,) = seen
        return answer

    yield stall_of
    loop.close()


def sleep():
    time.sleep(0.25)  # the line


def compute():
    end = time.perf_counter() + 0.25
    while time.perf_counter() < end:
        sum(range(100))  # the line


def wait_for_a_thread():
    thread = threading.Thread(target=time.sleep, args=(0.25,))
    thread.start()
    thread.join()  # the line


def search():
    re.match(r"(a|aa)+$", "a" * 31 + "b")


def lines_of(function):
    code = function.__code__
    return range(code.co_firstlineno, code.co_firstlineno + 6)


@pytest.mark.flaky(reruns=3)  # it shares the processors with whatever else runs here
@pytest.mark.parametrize("function", [sleep, compute, wait_for_a_thread])
def test_line_of_python_code_and_of_a_wait_is_known(stall_of, function):
    stall, duration_s = stall_of(function)
    held = dominating(own_samples(stall), duration_s)

    assert held.where.file == __file__
    assert held.where.function == function.__qualname__
    assert held.where.line in lines_of(function)
    # Else the machine is busy, and the watch came too late.
    if stall.watch_late_s + stall.blind_s < 0.01:
        assert stall.own_s(duration_s) > 0.2
        assert stall.unseen_s < held.held_s


def test_line_of_code_that_keeps_the_gil_is_not_claimed_to_be_known(stall_of):
    stall, duration_s = stall_of(search)
    held = dominating(own_samples(stall), duration_s)

    assert stall.blind_s > (0.0 if held is None else held.held_s)
    assert sampler.why_blind(stall, 0.1) == "C code kept the GIL"


def test_a_step_of_which_nothing_was_seen():
    loop = EventLoop()

    assert sampler.take(loop, 12345) is None
    loop.close()


@pytest.mark.parametrize(
    ("before", "now", "share"),
    [
        ({}, {1: (1, 1), 2: (2, 1)}, None),
        ({1: (1, 1)}, {1: (1, 2)}, 1.0),
        ({1: (1, 1)}, {1: (1, 1)}, 1.0),
        ({1: (1, 1), 2: (2, 1)}, {1: (1, 2), 2: (2, 1)}, 1.0),
        ({1: (1, 1), 2: (2, 1)}, {1: (1, 2), 2: (2, 2)}, 0.5),
        ({1: (1, 1), 2: (2, 1)}, {1: (1, 1), 2: (2, 2)}, 1.0),
        ({1: (1, 1), 2: (2, 1), 3: (3, 1)}, {1: (1, 1), 2: (2, 2), 3: (3, 2)}, 0.0),
        ({1: (1, 1), 2: (2, 1), 3: (3, 1)}, {1: (1, 2), 2: (2, 2), 3: (3, 2)}, 1 / 3),
    ],
    ids=[
        "first look",
        "it alone moved",
        "nobody moved",
        "the other waits",
        "both computed",
        "the other alone computed",
        "two others kept it from moving",
        "three computed",
    ],
)
@pytest.mark.skipif(
    not getattr(sys, "_is_gil_enabled", lambda: True)(), reason="without a GIL nobody shares it"
)
def test_threads_that_move_share_the_gil(before, now, share):
    assert _share(1, before, now) == share


def test_time_shared_with_others_is_not_the_steps():
    record = Record(1)
    for age_s in (0.05, 0.1, 0.15, 0.2):
        record.see(age_s, (LINE,), 0.25)

    assert record.as_stall(0.2).own_s(0.2) == pytest.approx(0.05)
    assert dominating(own_samples(record.as_stall(0.2)), 0.2) is None


def test_a_look_that_comes_late_charges_no_line():
    record = Record(1)
    record.see(0.05, (LINE,), None)
    record.miss(0.5, 0.44)
    record.see(0.5, (LINE,), 1.0)
    stall = record.as_stall(0.51)

    assert stall.own_s(0.51) == pytest.approx(0.07)
    assert dominating(own_samples(stall), 0.51).held_s == pytest.approx(0.06)


def test_a_thread_that_computed_while_the_watch_could_not_look_is_to_blame():
    record = Record(1)
    record.miss(0.5, 0.45)
    stall = record.as_stall(0.5, cpu_s=0.48)

    assert stall.blind_s == pytest.approx(0.43)
    assert stall.own_s(0.5) == pytest.approx(0.48)


def test_a_stall_that_computed_unseen_is_named_without_a_line(monkeypatch):
    record = Record(1)
    record.see(0.05, (LINE,), None)
    record.miss(0.5, 0.44)
    record.see(0.5, (OTHER,), 1.0)
    finding = found(monkeypatch, record.as_stall(0.51, cpu_s=0.5))

    assert "At which line is not known, because C code kept the GIL" in finding.message
    assert [(other.role, other.place.line) for other in finding.related] == [
        ("seen right after", LINE.line)
    ]


def test_a_line_that_was_too_long_by_itself_is_blamed_beside_what_was_unseen(monkeypatch):
    record = Record(1)
    record.see(0.05, (LINE,), None)
    record.see(0.2, (LINE,), 1.0)
    record.miss(0.5, 0.29)
    finding = found(monkeypatch, record.as_stall(0.5, cpu_s=0.3))

    assert finding.where == Place(*LINE)


def test_an_unseen_wait_is_nobodys(monkeypatch):
    record = Record(1)
    record.see(0.05, (LINE,), None)
    record.miss(0.5, 0.3)

    assert found(monkeypatch, record.as_stall(0.5, cpu_s=0.01)) is None


def test_a_stopped_process_is_not_to_blame():
    record = Record(1)
    record.miss(2.0, 1.95)
    stall = record.as_stall(2.0, cpu_s=0.01)

    assert stall.blind_s == 0.0
    assert stall.own_s(2.0) == pytest.approx(0.05)


def test_place_of_a_frame_is_plain_data():
    assert Place(*LINE) == Place("/srv/app/jobs.py", 7, "load")


def test_without_a_gil_no_lock_times_the_looks(monkeypatch):
    """Its locks come 50 ms late on a busy machine, and then no stall is the step's own."""
    watch = sampler.Sampler()
    monkeypatch.setattr(sampler, "_has_gil", lambda: False)
    monkeypatch.setattr(watch, "_wake", None)  # the lock
    watch._looked = began = time.perf_counter_ns()

    watch._pause(0.01)

    assert time.perf_counter_ns() - began >= 10_000_000


def test_program_does_not_see_the_thread_and_may_fork(run_pure):
    source = """
        import asyncio, os, threading, time, trueloop
        from trueloop import diagnostics

        diagnostics.remove_sink(diagnostics.default_sink)

        async def main():
            await asyncio.sleep(0.03)
            time.sleep(0.25)

        trueloop.run(main())
        assert threading.enumerate() == [threading.main_thread()]
        child = os.fork()
        if child == 0:
            diagnostics.ledger.clear()
            trueloop.run(main())
            os._exit(len(diagnostics.findings()))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), len(diagnostics.findings()))
        trueloop.run(main())
        print(diagnostics.findings()[0].count)
        """

    done = run_pure(source)

    assert done.stdout.split() == ["1", "1", "2"], done.stderr


def test_stall_without_end_is_reported_while_it_lasts(pure_install, tmp_path):
    script = tmp_path / "stuck.py"
    script.write_text(
        textwrap.dedent(
            """
            import asyncio, time
            async def main():
                await asyncio.sleep(0.01)
                time.sleep(60)
            asyncio.run(main())
            """
        )
    )
    with subprocess.Popen(
        [sys.executable, "-m", "trueloop", "run", "--quiet", script],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(pure_install)},
    ) as process:
        shown = process.stderr.readline()  # blocks until the watch says it
        place = process.stderr.readline()
        process.kill()
        process.communicate()

    assert shown.startswith("trueloop: error[blocked-loop]: main has held the loop for ")
    assert place.strip() == f"--> {script}:5 in main"


def test_long_stall_that_ends_is_written_once(run_pure):
    source = """
        import asyncio, time

        async def main():
            await asyncio.sleep(0.01)
            time.sleep(1.4)

        asyncio.run(main())
        """

    done = run_pure(source, "-m", "trueloop", "run")

    assert done.stderr.count("error[blocked-loop]") == 1
    assert done.stderr.splitlines()[-1] == "trueloop: 1 finding: 1 blocked-loop"


def test_silenced_stall_is_not_announced(run_pure):
    source = """
        import asyncio, time

        async def main():
            await asyncio.sleep(0.01)
            time.sleep(1.2)  # trueloop: ignore[blocked-loop]

        asyncio.run(main())
        """

    done = run_pure(source, "-m", "trueloop", "run")

    assert done.stderr.splitlines()[1:] == ["trueloop: no findings; 1 more silenced"]
