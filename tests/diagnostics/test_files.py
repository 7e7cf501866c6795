"""Diagnostics go on where a tool forbids the program every blocking call."""

import subprocess
import sys

from trueloop.diagnostics import files

FORBIDDEN = """
import asyncio, builtins, io, os, time

import trueloop


def forbid(*arguments, **options):
    raise RuntimeError("a blocking call inside a loop")


async def forget():
    await asyncio.sleep(0)
    raise OSError("lost")


async def main():
    for name in ("open", "read", "write", "stat", "readlink", "listdir", "scandir", "getcwd"):
        setattr(os, name, forbid)
    builtins.open = io.open = forbid
    asyncio.create_task(forget())
    await asyncio.sleep(0.01)
    await asyncio.get_running_loop().create_future()  # never: a deadlock


asyncio.run(main())
"""


def test_findings_are_told_where_blocking_calls_are_forbidden(tmp_path):
    program = tmp_path / "program.py"
    program.write_text(FORBIDDEN)
    report = tmp_path / "report.jsonl"
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--report", report, program],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    found = [line.split('"')[3] for line in report.read_text().splitlines()]
    assert found == ["lost-exception", "deadlock"]
    assert 'raise OSError("lost")' in done.stderr
    assert "trueloop/diagnostics" not in done.stderr  # none of ours failed; Python's own did


def test_contents_of_a_file(tmp_path):
    file = tmp_path / "file"
    file.write_bytes(b"x" * 100_000)
    assert files.contents(str(file)) == b"x" * 100_000


def test_what_a_descriptor_refuses_is_lost():
    files.write_whole(-1, b"nobody reads this")
