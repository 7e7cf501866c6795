"""The tutorial's program runs, and does what the tutorial says."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

TUTORIAL = Path(__file__).parents[3] / "docs" / "tutorial" / "crawler.md"


def test_the_program_at_its_end_runs_and_adds_up(
    python: Callable[..., subprocess.CompletedProcess[str]],
) -> None:
    program = re.findall(r"^```python\n(.*?)^```", TUTORIAL.read_text(), re.DOTALL | re.MULTILINE)
    done = python("-W", "error", "-c", program[-1])
    assert (done.returncode, done.stderr) == (0, "")
    *numbers, total = (int(number) for number in re.findall(r"^ *(\d+)  ", done.stdout, re.M))
    assert len(numbers) == 9
    assert sum(numbers) == total > 60
