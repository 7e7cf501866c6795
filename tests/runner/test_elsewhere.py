"""Off Linux a program runs on asyncio's own loop and is told so once."""

import subprocess
import sys

PROGRAM = """
import sys
sys.platform = "darwin"
import asyncio, trueloop

async def main():
    return type(asyncio.get_running_loop())

print(trueloop.run(main()) is asyncio.SelectorEventLoop)
print(trueloop.run(main()) is asyncio.SelectorEventLoop)
"""


def run_elsewhere(*options):
    return subprocess.run(
        [sys.executable, *options, "-c", PROGRAM], capture_output=True, text=True, check=False
    )


def test_a_program_runs_on_asyncios_loop_with_one_notice():
    done = run_elsewhere()

    assert done.stdout.split() == ["True", "True"]
    assert done.stderr.count("trueloop's event loop needs Linux") == 1


def test_the_notice_is_a_warning_that_can_be_silenced():
    assert run_elsewhere("-W", "ignore").stderr == ""
