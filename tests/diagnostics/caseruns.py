"""Runs of the case programs: most of them side by side, for most of their time they only wait.

Those whose finding is a matter of time run alone, when the others have ended.
"""

import concurrent.futures
import json
import subprocess
import sys

SIDE_BY_SIDE = 4

# Beginnings of the names of cases that need the machine for themselves.
ALONE = ("blocked_", "starved_", "saturated_", "clean_thresh", "clean_long", "clean_steps")


def findings_of(case, folder, env=None):
    """What trueloop reports of the program: a list of findings as in the report."""
    report = folder / f"{case.stem}.jsonl"
    report.unlink(missing_ok=True)
    subprocess.run(
        [sys.executable, "-m", "trueloop", "run", "--quiet", "--report", report, case],
        cwd=folder,
        env=env,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return [json.loads(line) for line in report.read_text().splitlines()]


class Runs:
    """The findings of each case that one test module asks for.

    `items`: the tests that will run. A test that is repeated runs its program again.
    """

    def __init__(self, items, module, folder, env=None):
        self._folder = folder
        self._env = env
        asked = [
            item.callspec.params["case"]
            for item in items
            if item.path.name == module and hasattr(item, "callspec")
        ]
        together = [case for case in asked if not case.stem.startswith(ALONE)]
        if len(together) < 2:
            together = []
        with concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            found = pool.map(lambda case: findings_of(case, folder, env), together)
        self._found = dict(zip(together, found, strict=True))

    def findings(self, case):
        """Of this case; at first those of the common run."""
        if case in self._found:
            return self._found.pop(case)
        return findings_of(case, self._folder, self._env)
