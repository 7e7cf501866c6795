"""What the cases do not show of deadlock: the finding, the error, and other ways to run a loop.

Each in a process of its own: the timeouts of a test runner are signal handlers and threads, which
could wake anybody.
"""

import json
import re
import signal
import subprocess
import sys
import time

import pytest


@pytest.fixture
def run_program(tmp_path):
    """run_program(source): its exit status, what it printed, its errors, and its findings."""

    def run_program(source, timeout_s=60):
        program, report = tmp_path / "program.py", tmp_path / "report.jsonl"
        program.write_text(source)
        done = subprocess.run(
            [sys.executable, "-m", "trueloop", "run", "--quiet", "--report", report, program],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            check=False,
        )
        findings = [json.loads(line) for line in report.read_text().splitlines()]
        return done.returncode, done.stdout, done.stderr, findings

    return run_program


def test_error_in_main_names_every_stuck_task(run_program):
    status, _, errors, findings = run_program(
        """
import asyncio

async def consume(queue):
    await queue.get()

async def main():
    queue = asyncio.Queue()
    async with asyncio.TaskGroup() as group:
        for _ in range(2):
            group.create_task(consume(queue))

asyncio.run(main())
"""
    )

    assert status == 1
    (finding,) = findings
    assert finding["kind"] == "deadlock"
    assert finding["severity"] == "error"
    assert finding["where"]["line"] == 5
    assert re.sub("^task Task-[23]", "task SOME", finding["message"]) == (
        "task SOME (consume) waits for an item from a Queue, and nothing is left that could wake "
        "it: no task that can run, no timer, no I/O, no other thread or process "
        "(2 more tasks are stuck); DeadlockError was raised in Task-1"
    )
    assert sorted(other["line"] for other in finding["related"]) == [5, 9]
    assert finding["details"] == {"tasks": 3}
    message = errors.rpartition("trueloop.errors.DeadlockError: ")[2].splitlines()
    assert message[0] == "nothing can ever wake this program again:"
    assert sorted(line.split(" at ")[0].split(" with ")[0] for line in message[1:]) == [
        "  task Task-1 (main) waits for the end of its TaskGroup",
        "  task Task-2 (consume) waits for an item from a Queue",
        "  task Task-3 (consume) waits for an item from a Queue",
    ]


def test_plain_future_that_the_loop_runs_gets_the_error(run_program):
    status, output, _, findings = run_program(
        """
import asyncio

async def stuck(event):
    await event.wait()

loop = asyncio.new_event_loop()
task = loop.create_task(stuck(asyncio.Event()))
future = loop.create_future()
try:
    loop.run_until_complete(future)
except RuntimeError as error:
    print(type(error).__name__)
task.cancel()
loop.run_until_complete(asyncio.wait([task]))
loop.close()
"""
    )

    assert (status, output) == (0, "DeadlockError\n")
    assert [finding["where"]["line"] for finding in findings] == [5]


def test_run_forever_is_told_of_and_left_alone(tmp_path):
    report = tmp_path / "report.jsonl"
    program = """
import asyncio

async def stuck(event):
    await event.wait()

loop = asyncio.new_event_loop()
task = loop.create_task(stuck(asyncio.Event()))
try:
    loop.run_forever()
except KeyboardInterrupt:
    print(task.done())
"""
    process = subprocess.Popen(
        [sys.executable, "-m", "trueloop", "run", "--quiet", "--report", report, "-c", program],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        while not (report.exists() and report.read_text()):
            assert process.poll() is None
            time.sleep(0.01)
        process.send_signal(signal.SIGINT)
        output, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()

    (finding,) = map(json.loads, report.read_text().splitlines())
    assert finding["kind"] == "deadlock"
    assert finding["message"].endswith("; nothing can end that but a signal")
    assert output == "False\n"


def test_tasks_that_refuse_to_end_at_shutdown_are_no_deadlock(run_program):
    _, _, _, findings = run_program(
        """
import asyncio, os, signal

async def refuse(event):
    try:
        await event.wait()
    finally:
        await asyncio.Event().wait()

async def main():
    asyncio.create_task(refuse(asyncio.Event()))
    await asyncio.sleep(0.01)

signal.setitimer(signal.ITIMER_REAL, 2.0)  # the default action: the end
asyncio.run(main())
"""
    )

    assert "deadlock" not in {finding["kind"] for finding in findings}


def test_circle_at_a_standstill_is_no_deadlock(run_program):
    _, _, _, findings = run_program(
        """
import asyncio

async def child(parent):
    await asyncio.wait([parent])

async def other(event):
    await event.wait()

async def main():
    stuck = asyncio.create_task(other(asyncio.Event()))
    await asyncio.gather(child(asyncio.current_task()))

asyncio.run(main())
"""
    )

    assert [finding["kind"] for finding in findings] == ["circular-await"]


def test_standstill_after_standstill_is_told_once_for_each_place(run_program):
    status, output, _, findings = run_program(
        """
import asyncio

async def main():
    for _ in range(3):
        try:
            await asyncio.Event().wait()
        except RuntimeError:
            print("told")

asyncio.run(main())
"""
    )

    assert (status, output) == (0, "told\n" * 3)
    assert [(finding["kind"], finding["count"]) for finding in findings] == [("deadlock", 1)]


def test_silenced_kind_is_raised_all_the_same(run_program):
    status, _, errors, findings = run_program(
        """
import asyncio
import trueloop.diagnostics

trueloop.diagnostics.ignore("deadlock")
asyncio.run(asyncio.Event().wait())
"""
    )

    assert (status, findings) == (1, [])
    assert "DeadlockError" in errors
