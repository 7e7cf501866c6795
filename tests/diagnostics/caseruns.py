"""Runs of the case programs: most of them side by side, for most of their time they only wait.

Those whose finding is a matter of time run alone, when the others have ended.
"""

import concurrent.futures
import json
import subprocess
import sys

SIDE_BY_SIDE = 4

# Some Pythons stand for programs that wait in asyncio's own locks and queues, not in native ones.
OPTIONS = ("--no-accelerate",) if sys.version_info[:2] in {(3, 12), (3, 14)} else ()

# Beginnings of the names of cases that need the machine for themselves.
ALONE = ("blocked_", "starved_", "saturated_", "clean_thresh", "clean_long", "clean_steps")


def findings_of(case, folder, env=None):
    """What trueloop reports of the program: a list of findings as in the report."""
    report = folder / f"{case.stem}.jsonl"
    report.unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-m", "trueloop", "run", *OPTIONS, "--quiet", "--report", report, case],
        cwd=folder,
        env=env,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in report.read_text().splitlines()]


def in_order(cases):
    """Those that run alone come last."""
    return sorted(cases, key=lambda case: (case.stem.startswith(ALONE), case))


class Runs:
    """The findings of each case that one test module asks for, which it does in order.

    `items`: the tests that will run. A test that is repeated runs its program again.
    """

    def __init__(self, items, module, folder, env=None):
        self._folder = folder
        self._env = env
        self._pool = concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE)
        asked = [
            item.callspec.params["case"]
            for item in items
            if item.path.name == module and hasattr(item, "callspec")
        ]
        together = [case for case in asked if not case.stem.startswith(ALONE)]
        self._begun = {case: self._pool.submit(findings_of, case, folder, env) for case in together}

    def findings(self, case):
        """Of this case; at first those of the run that has begun, later of one in peace."""
        if case in self._begun:
            return self._begun.pop(case).result()
        concurrent.futures.wait(self._begun.values())
        return findings_of(case, self._folder, self._env)

    def end(self):
        """Begin no more."""
        self._pool.shutdown(cancel_futures=True)
