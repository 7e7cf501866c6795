"""A part of `make faults` that takes seconds: a few scenarios, all calls, some allocations."""

import subprocess
import sys
import sysconfig

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
    if "calls" not in arguments and sysconfig.get_config_var("Py_GIL_DISABLED"):
        pytest.skip("without a GIL the injector does not tell trueloop's allocations from its own")
    ended = subprocess.run(
        [sys.executable, "-m", "tests.faults", *arguments],
        capture_output=True,
        text=True,
        check=False,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
