"""Ctrl-C and SIGTERM stop the command gracefully: it accounts for all and exits with 0."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

PATIENCE_S = 60


def wait_for_line(log: Path, words: str) -> None:
    """Return when the command has logged a line that holds `words`."""
    deadline = time.monotonic() + PATIENCE_S
    while not log.exists() or words not in log.read_text():
        assert time.monotonic() < deadline, f"{words!r} was never logged"
        time.sleep(0.02)


@pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_gracefully_and_all_is_accounted_for(
    tmp_path: Path, signum: signal.Signals
) -> None:
    out, log = tmp_path / "out.jsonl", tmp_path / "log.jsonl"
    command = [sys.executable, "-m", "honest_crawl", "--demo", "--timeout", "300"]
    with subprocess.Popen(
        [*command, "--out", out, "--log", log],
        env=os.environ | {"PYTHONWARNINGS": "error"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            wait_for_line(log, '/hang", "depth')  # the visit of /hang has begun and will not end
            process.send_signal(signum)
            report, errors = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert (process.returncode, errors) == (0, "")
    assert f"stopped by {signum.name}" in report
    fates = {}
    for line in out.read_text().splitlines():
        entry = json.loads(line)
        fates[entry["url"].removeprefix("http://127.0.0.1")] = (entry["fate"], entry["reason"])
    (hang,) = [fate for url, fate in fates.items() if url.endswith("/hang")]
    assert hang == ("cancelled", f"stopped by {signum.name}")
    assert all(fate for fate, _ in fates.values())


def test_a_second_ctrl_c_breaks_the_stop_off_but_not_the_account(tmp_path: Path) -> None:
    # The second one comes while the loop's own shutdown runs, which the first one cannot reach.
    program = """
import os, signal, sys
from honest_crawl import cli
def twice(signum):
    first(signum)
    os.kill(os.getpid(), signal.SIGINT)
first = cli.Crawl.stop
cli.Crawl.stop = lambda self, reason: (first(self, reason), os.kill(os.getpid(), signal.SIGINT))
sys.exit(cli.main(["--demo", "--timeout", "300", "--log", sys.argv[1]]))
"""
    log = tmp_path / "log.jsonl"
    with subprocess.Popen(
        [sys.executable, "-c", program, log], stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            wait_for_line(log, '/hang", "depth')
            process.send_signal(signal.SIGINT)
            report, _ = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert process.returncode == 130
    assert "accounted for" in report
