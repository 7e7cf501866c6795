"""Runs one module's tests in a child process and survives whatever a test does to it.

A child that stops reporting or dies is put to rest, the test it was at is charged with it, and a
new child goes on with the tests that are left. Owns the processes; judges nothing.
"""

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HUNG, CRASHED = "hung", "crashed"


@dataclass(slots=True)
class Result:
    """How one test ended. `state` is passed, failed, skipped, hung or crashed."""

    state: str
    detail: str = ""
    took_s: float = 0.0

    @property
    def is_bad(self) -> bool:
        return self.state not in ("passed", "skipped")


@dataclass(slots=True)
class ModuleRun:
    """All results of one module, by test id, and how many loops under test were made."""

    results: dict[str, Result] = field(default_factory=dict)
    loops_made: int = 0
    took_s: float = 0.0
    error: str = ""  # why the module could not be run at all

    def count(self, state: str) -> int:
        return sum(result.state == state for result in self.results.values())


def run_module(
    module: str,
    loop: str,
    *,
    limit_s: float,
    log: Path,
    only: Collection[str] | None = None,
    findings: Path | None = None,
    copied: Path | None = None,
    accelerated: bool = False,
) -> ModuleRun:
    """Run a module's tests on `loop`, with at most `limit_s` seconds for each test.

    What the tests print goes to `log`, and so do the stacks of a test that hangs; what trueloop
    finds is added to `findings`. `copied` has a copy of the tests, to be run instead of those of
    the standard library, which no finding accuses. `accelerated`: with trueloop's primitives under
    asyncio's names.
    """
    run = ModuleRun()
    begun = time.monotonic()
    planned: list[str] | None = None
    while planned is None or any(test not in run.results for test in planned):
        wanted = None if only is None else list(only)
        order = {"loop": loop, "module": module, "only": wanted, "done": list(run.results)}
        order["accelerated"] = accelerated
        order["findings"] = None if findings is None else str(findings.resolve())
        if copied is not None:
            paths = [str(copied.resolve()), *filter(None, [os.environ.get("PYTHONPATH")])]
            order["environment"] = {"PYTHONPATH": os.pathsep.join(paths)}
        with log.open("ab") as output, _child(order, output) as (child, reports):
            at, ending = None, CRASHED
            for event in _events(child, reports, limit_s):
                match event["event"]:
                    case "planned":
                        planned = event["tests"]
                    case "started":
                        at = event["test"]
                    # A process that a test forks may report the same test again: the first counts.
                    case "ended" if event["test"] == at:
                        result = Result(event["state"], event["detail"], event["took_s"])
                        run.results[event["test"]], at = result, None
                    case "finished":
                        run.loops_made += event["loops_made"]
                        ending = "finished"
                    case "silent":
                        ending = HUNG
        if ending == "finished":
            break
        if at is not None:
            status = f"the child ended with status {child.returncode}"
            detail = f"no result within {limit_s:g} s" if ending == HUNG else status
            run.results[at] = Result(ending, detail, limit_s)
        elif planned is None:
            run.error = f"not loaded; the reason stands in {log}"
            break
    run.took_s = time.monotonic() - begun
    return run


@contextlib.contextmanager
def _child(order: dict[str, Any], output: Any) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """A child with its order given, and the descriptor of its reports; nothing of it survives."""
    reports, reports_end = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.conformance.child", str(reports_end)],
        cwd=ROOT,
        env={**os.environ, **order.pop("environment", {})},
        stdin=subprocess.PIPE,
        stdout=output,
        stderr=output,
        pass_fds=[reports_end],
        start_new_session=True,
    )
    os.close(reports_end)
    assert child.stdin is not None
    try:
        with contextlib.suppress(BrokenPipeError), child.stdin:
            child.stdin.write(json.dumps(order).encode())
        yield child, reports
    finally:
        os.close(reports)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def _events(
    child: subprocess.Popen[bytes], reports: int, limit_s: float
) -> Iterator[dict[str, Any]]:
    """The child's reports until it has finished, died or been silent for `limit_s`."""
    buffered = b""
    heard = time.monotonic()
    while True:
        readable, _, _ = select.select([reports], [], [], 0.5)
        if readable:
            received = os.read(reports, 1 << 16)
            if not received:
                break
            heard = time.monotonic()
            *lines, buffered = (buffered + received).split(b"\n")
            for line in lines:
                event = json.loads(line)
                yield event
                if event["event"] == "finished":
                    return
        elif child.poll() is not None:
            # A process that outlives the child may keep the pipe open for ever.
            break
        elif time.monotonic() - heard > limit_s:
            child.send_signal(signal.SIGUSR1)
            time.sleep(0.5)  # the stacks are being written
            yield {"event": "silent"}
            return
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(5)
