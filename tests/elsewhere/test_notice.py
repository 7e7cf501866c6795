"""One notice says that there is no native loop: clear, once, and never in the way."""

import os

from trueloop import notice
from trueloop.diagnostics import attachment

TWO_LOOPS = """
    import asyncio, trueloop
    print(trueloop.run(asyncio.sleep(0, 1)), trueloop.run(asyncio.sleep(0, 2)))
    """
CLEAN = "import asyncio; asyncio.run(asyncio.sleep(0))"


def test_a_process_is_told_once(run_pure):
    done = run_pure(TWO_LOOPS)

    assert done.stdout == "1 2\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith("trueloop: running on asyncio's own event loop, because no native loop")
    assert (
        "Everything works, somewhat slower than on plain asyncio; findings come from Python" in line
    )


def test_it_is_a_log_record_of_a_logger_of_its_own(run_pure):
    quiet = "import logging; logging.getLogger('trueloop.notice').setLevel('ERROR')\n"

    assert run_pure(quiet + TWO_LOOPS.replace("\n    ", "\n")).stderr == ""


def test_nothing_is_said_before_there_is_a_loop(run_pure):
    assert run_pure("import trueloop").stderr == ""


def test_the_command_says_it_in_one_line(run_pure):
    done = run_pure(CLEAN, "-m", "trueloop", "run")

    first, last = done.stderr.splitlines()
    assert first.startswith("trueloop: running on asyncio's own event loop, because")
    assert last == "trueloop: no findings"


def test_a_quiet_run_is_not_told(run_pure):
    assert run_pure(CLEAN, "-m", "trueloop", "run", "--quiet").stderr == ""


def test_it_says_when_diagnostics_are_off(run_pure, pure_install):
    off = {**os.environ, "PYTHONPATH": str(pure_install), "TRUELOOP_DIAGNOSTICS": "0"}

    assert run_pure(TWO_LOOPS, env=off).stderr.rstrip().endswith("diagnostics are off.")


def test_it_names_the_kinds_that_this_runtime_cannot_find(monkeypatch):
    monkeypatch.setattr(attachment.runtime, "DRIVEN", frozenset({"abandoned"}))

    missing = attachment.missing_kinds()
    assert {"blocked-loop", "lost-exception"} <= set(missing)
    assert "abandoned-task" not in missing
    assert f"none of {', '.join(missing)})" in notice.text()
