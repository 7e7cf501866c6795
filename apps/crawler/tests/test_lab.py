"""The lab, parts (b) and (c): a blocker in the parser is named; the same wait, awaited, is none.

Part (a) is in test_fetch.py.
"""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

from honest_crawl import inject

PATIENCE_S = 60


def line_of_the_blocker() -> dict[str, Any]:
    """Where time.sleep is called, as a finding names a place."""
    lines, first = inspect.getsourcelines(inject._block)
    offset = next(number for number, line in enumerate(lines) if "time.sleep" in line)
    return {"file": inject.__file__, "line": first + offset, "function": "_block"}


def run_demo(
    python: Callable[..., subprocess.CompletedProcess[str]],
    report: Path,
    injection: str,
    **environment: str,
) -> str:
    """Run the demo under `trueloop run`; return what it wrote to standard error."""
    done = python(
        *("-m", "trueloop", "run", "--report", str(report)),
        *("-m", "honest_crawl", "--demo", injection),
        **environment,
    )
    assert done.returncode == 0, done.stderr
    assert "accounted for" in done.stdout
    return done.stderr


def findings(report: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in report.read_text().splitlines()]


def test_the_blocker_is_found_and_its_line_named(
    python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    report = tmp_path / "findings.jsonl"
    stderr = run_demo(python, report, "--inject-blocker")
    (finding,) = [each for each in findings(report) if each["kind"] == "blocked-loop"]
    assert finding["where"] == line_of_the_blocker()
    assert finding["severity"] == "error"
    assert f"inject.py:{finding['where']['line']} in _block" in stderr


def test_the_blocker_is_named_while_it_still_blocks(tmp_path: Path) -> None:
    report = tmp_path / "findings.jsonl"
    program = (
        "from honest_crawl import cli, inject; inject._WAIT_S = 1000.0;"
        "cli.main(['--demo', '--inject-blocker'])"
    )
    command = [sys.executable, "-m", "trueloop", "run", "--report", str(report), "-c", program]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            deadline = time.monotonic() + PATIENCE_S
            while not (report.exists() and report.read_text().endswith("\n")):
                assert time.monotonic() < deadline, "nothing was reported"
                time.sleep(0.05)
            assert process.poll() is None
        finally:
            process.kill()
    (finding,) = findings(report)
    assert (finding["kind"], finding["stack"][0]) == ("blocked-loop", line_of_the_blocker())


def test_asyncio_itself_warns_of_the_blocker_in_debug_mode(
    python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    report = tmp_path / "findings.jsonl"
    stderr = run_demo(python, report, "--inject-blocker", PYTHONASYNCIODEBUG="1")
    took = [float(seconds) for seconds in re.findall(r"Executing .* took ([\d.]+) seconds", stderr)]
    assert max(took, default=0) >= 2.0, stderr


def test_the_pause_in_its_place_gives_no_finding(
    python: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    report = tmp_path / "findings.jsonl"
    run_demo(python, report, "--inject-pause")
    assert findings(report) == []


@pytest.fixture(scope="module")
def py_spy() -> str:
    """The path of py-spy; skips if it is not installed or may not look into our own children."""
    found = shutil.which("py-spy", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
    if found is None:
        pytest.skip("py-spy is not installed")
    with subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        dump = subprocess.run(
            [found, "dump", "--pid", str(child.pid)], capture_output=True, text=True, check=False
        )
        child.kill()
    if dump.returncode != 0:
        pytest.skip(f"py-spy cannot read processes here: {dump.stderr.strip().splitlines()[-1:]}")
    return found


@dataclass
class Dump:
    """What the crawler's code was doing on the loop's thread at one moment."""

    time_s: float
    frames: list[tuple[str, int]]  # function and line, innermost first

    @property
    def waiting(self) -> bool:
        """No task is being stepped: the loop is in poll, or in a library's callback.

        Then the innermost frame of the crawler is the `main` that has called trueloop.run.
        """
        return self.frames[0][0] == "main"


def dumps(py_spy: str, injection: str) -> Iterator[Dump]:
    """Dump the demo again and again, until it ends."""
    command = [sys.executable, "-m", "honest_crawl", "--demo", injection]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while process.poll() is None:
                dump = subprocess.run(
                    [py_spy, "dump", "--json", "--pid", str(process.pid)],
                    capture_output=True,
                    text=True,
                    check=False,
                )
                threads = json.loads(dump.stdout) if dump.returncode == 0 else []
                main = [each["frames"] for each in threads if each["thread_name"] == "MainThread"]
                ours = [
                    (frame["name"], frame["line"])
                    for frame in (main[0] if main else [])  # none: it has just ended or begun
                    if "honest_crawl" in frame["filename"]
                ]
                if any(name == "main" for name, _ in ours):
                    yield Dump(time.monotonic(), ours)
        finally:
            process.kill()
    assert process.returncode == 0


def test_py_spy_sees_the_blocker_hold_the_loop(py_spy: str) -> None:
    place = ("_block", line_of_the_blocker()["line"])
    assert place in [dump.frames[0] for dump in dumps(py_spy, "--inject-blocker")]


def test_py_spy_sees_the_pausing_loop_wait_in_poll_or_run_short_steps(py_spy: str) -> None:
    seen = list(dumps(py_spy, "--inject-pause"))
    assert any(dump.waiting for dump in seen)
    for _, same in groupby(seen, key=lambda dump: dump.frames):
        stands_still = list(same)
        if not stands_still[0].waiting:  # half of what the blocker would take
            assert stands_still[-1].time_s - stands_still[0].time_s < 1.0, stands_still
