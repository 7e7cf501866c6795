"""What is told of things that do not end, and what that costs those that do."""

import asyncio
import os
import subprocess
import sys
import threading
import time

import pytest

import trueloop

pytestmark = pytest.mark.usefixtures("accelerated")


def of_kind(collected):
    return [each for each in collected if each.kind == "stuck-shutdown"]


async def leaves_slowly(seconds):
    try:
        await asyncio.sleep(60)
    finally:
        await asyncio.sleep(seconds)


async def cancelled(task):
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait([task])


def test_finding_says_who_asked_and_how_long_ago(collected):
    async def main():
        await cancelled(asyncio.create_task(leaves_slowly(1.5), name="slow"))

    trueloop.run(main())
    (finding,) = of_kind(collected)

    assert finding.task == "slow"
    assert finding.where.function == "leaves_slowly"
    assert [each.role for each in finding.related] == ["cancelled-by", "created"]
    assert 1.0 <= finding.details["waited_s"] < 1.5


def test_it_is_told_while_it_hangs(collected):
    async def main():
        task = asyncio.create_task(leaves_slowly(60))
        await asyncio.sleep(0.01)
        task.cancel()
        for _ in range(300):
            if of_kind(collected):
                break
            await asyncio.sleep(0.02)
        else:
            pytest.fail("nothing was told")
        task.cancel()
        await asyncio.wait([task])

    trueloop.run(main())


def test_each_loop_of_eight_threads_is_judged_on_its_own(collected):
    def run(seconds):
        async def main():
            await cancelled(asyncio.create_task(leaves_slowly(seconds), name=f"{seconds}"))

        trueloop.run(main())

    threads = [threading.Thread(target=run, args=(n % 2 * 1.6,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {each.task for each in of_kind(collected)} == {"1.6"}
    assert of_kind(collected)[-1].count in (1, 4)  # one line: told once, and counted


def test_storm_of_cancellations_is_hardly_noticed(collected):
    async def main():
        for _ in range(3):
            tasks = [asyncio.create_task(asyncio.sleep(60)) for _ in range(10_000)]
            await asyncio.sleep(0.05)
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)

    trueloop.run(main())

    assert of_kind(collected) == []


def test_crowd_that_leaves_slowly_is_one_finding(collected):
    async def main():
        tasks = [asyncio.create_task(leaves_slowly(1.6)) for _ in range(3000)]
        await asyncio.sleep(0.05)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)

    trueloop.run(main())

    assert len({each.key for each in of_kind(collected)}) == 1


PROGRAM = """
import asyncio, os, sys, threading, time

async def main():
    threading.Thread(target=time.sleep, args=(0.1,)).start()
    await asyncio.sleep(0.05)

asyncio.run(main())
pid = os.fork()
if pid == 0:
    asyncio.run(main())
    threading.Thread(target=lambda: time.sleep(1.6)).start()
else:
    os.waitpid(pid, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.skipif(
    sys.version_info[:2] == (3, 12), reason="3.12 starts no thread at its end after a fork"
)
def test_forked_child_is_watched_at_its_end_too(tmp_path):
    program, report = tmp_path / "forks.py", tmp_path / "report.jsonl"
    program.write_text(PROGRAM)

    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "trueloop", "run", "--report", report, program],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert time.monotonic() - began < 30
    assert report.read_text().count('"stuck-shutdown"') == 1, done.stderr
