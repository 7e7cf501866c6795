"""A part of `make faults` that takes seconds: a few scenarios, all calls, some allocations."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "arguments",
    [
        ["streams.pair_with_full_buffers", "--only", "calls"],
        ["sockets.readers_and_writers", "--only", "calls"],
        ["scheduling.signals", "--only", "calls"],
        ["sockets.pipes", "--only", "calls"],
        ["primitives.locks", "--stride", "3"],
        ["primitives.task_groups", "--stride", "3"],
        ["primitives.streams", "--only", "allocations", "--stride", "3"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_nothing_that_fails_breaks_more_than_itself(arguments):
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
