"""Tasks that wait for each other hang, and cancelling one of them recurses without end.

That is stock asyncio. On trueloop the same programs end at once with an error that names each task
of the circle and the line at which it waits.
"""

import asyncio
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.notes import circular_await

LIMIT_S = 60


@pytest.fixture
def start_case(new_event_loop):
    """Start one case of circular_await.py as a process; it is killed if the test leaves it."""
    started = []

    def start(case):
        loop_name = new_event_loop.__module__.partition(".")[0]
        program = Path(__file__).with_name("circular_await.py")
        process = subprocess.Popen(
            [sys.executable, program, loop_name, case.__name__],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if process.poll() is None:
            process.kill()
            process.communicate()


@pytest.fixture
def is_asyncio(new_event_loop):
    """Whether it is stock asyncio's turn."""
    return new_event_loop.__module__.startswith("asyncio")


def wait_until_asleep(process):
    """Return when the main thread of ``process`` sleeps in the kernel."""
    while Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[0] != "S":
        time.sleep(0.001)


def test_a_task_that_awaits_itself_is_refused_at_once(run):
    async def main():
        with pytest.raises(RuntimeError, match=r"^Task cannot await on itself: <Task "):
            await asyncio.current_task()
        return "went on"

    assert run(main) == "went on"


def test_awaiting_itself_some_calls_down_is_refused_just_the_same(run):
    async def main():
        async def await_main():
            await main_task

        async def call_down():
            await await_main()

        main_task = asyncio.current_task()
        with pytest.raises(RuntimeError, match=r"^Task cannot await on itself: <Task "):
            await call_down()
        return "went on"

    assert run(main) == "went on"


def test_a_future_never_finished_leaves_only_its_own_waiter_hanging(run):
    """No cycle, only nobody left to set it: the end of the run is what frees the waiter."""
    tasks = []

    async def main():
        tasks.append(asyncio.create_task(asyncio.Event().wait()))
        for _ in range(100):
            await asyncio.sleep(0)
        assert not tasks[0].done()

    run(main)
    assert tasks[0].cancelled()


def test_two_tasks_hang_and_cancelling_one_recurses(start_case, is_asyncio):
    process = start_case(circular_await.two_tasks_wait_for_each_other)
    output, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, errors
    if is_asyncio:
        assert output.splitlines() == ["pending", "cancel recursed"]
        # The end of the run cancels what is left, and so meets the same cycle.
        assert "\nRecursionError: " in errors
    else:
        assert output == ""
        assert circle_in(errors) == [("wait_for_a", "wait_for_b"), ("wait_for_b", "wait_for_a")]


def test_a_cycle_through_main_hangs_until_a_signal_and_then_recurses(start_case, is_asyncio):
    process = start_case(circular_await.the_main_task_waits_for_itself_through_others)
    if is_asyncio:
        assert process.stdout.readline() == "pending\n"
        # Only a loop that sleeps lets the signal end it: within a callback the error is just
        # logged.
        wait_until_asleep(process)
        process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=LIMIT_S)
    assert process.returncode == 1, errors
    if is_asyncio:
        assert "\nRecursionError: " in errors
    else:
        main = "the_main_task_waits_for_itself_through_others"
        assert circle_in(errors) == [("grandchild", main), (main, "child"), ("child", "grandchild")]


def test_waiting_for_all_tasks_includes_oneself(start_case, is_asyncio):
    process = start_case(circular_await.all_tasks_are_waited_for)
    if is_asyncio:
        assert process.stdout.readline() == "pending\n"
        wait_until_asleep(process)
        process.kill()
    _, errors = process.communicate(timeout=LIMIT_S)
    if not is_asyncio:
        assert process.returncode == 1, errors
        name = "all_tasks_are_waited_for"
        assert f"task Task-1 ({name}) waits for a gather of task Task-1 ({name}) at " in errors


def circle_in(errors):
    """(who, for whom) of each line that the error's message ends with."""
    _, error, message = errors.rpartition("trueloop.errors.CircularAwaitError: ")
    assert error, errors
    return re.findall(
        r"^  task \S+ \((\w+)\) waits for task \S+ \((\w+)\) at ", message, re.MULTILINE
    )
