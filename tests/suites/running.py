"""Runs a suite on one loop and reads the plugin's notes."""

import contextlib
import dataclasses
import json
import os
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.certificate import Certificate
from tests.clients import postgres_server, redis_server
from tests.suites.catalogue import Suite

PLUGIN = Path(__file__).parent / "plugin"
ACCELERATED = ["-m", "trueloop", "run", "--quiet"]
UNDER = {"accelerated": ACCELERATED, "plain": [*ACCELERATED, "--no-accelerate"], "asyncio": []}


@dataclasses.dataclass(slots=True)
class Run:
    """What one run gave.

    Attributes:
        outcomes: By test: "passed", "failed" or "skipped"; what came last, but failed stays.
        findings: Of trueloop's, each with the test it came up in.
        status: pytest's exit status.
    """

    outcomes: dict[str, str]
    findings: list[dict[str, object]]
    status: int

    def failed(self) -> list[str]:
        """The tests that failed, sorted."""
        return sorted(test for test, outcome in self.outcomes.items() if outcome == "failed")

    def count(self, outcome: str) -> int:
        return sum(one == outcome for one in self.outcomes.values())


def run(
    suite: Suite,
    python: str,
    sources: Path,
    way: str,
    out: Path,
    further: Sequence[str] = (),
    only: Sequence[str] = (),
) -> Run:
    """Run the suite in one of the ways of UNDER; notes and log go to the folder `out`.

    Args:
        suite: Which.
        python: The Python of its environment.
        sources: Where its tests are.
        way: On what.
        out: Where the notes and the log go.
        further: Options for pytest.
        only: Tests to run instead of all.
    """
    out.mkdir(parents=True, exist_ok=True)
    noted = notes(out, suite, way)
    noted.unlink(missing_ok=True)
    skipped = [f"--deselect={name}" for name in suite.left_out]
    command = [python, *UNDER[way], "-m", "pytest", "-p", "noting_findings", "--tb=short"]
    command += ["-p", "no:cacheprovider", *suite.options, *skipped, *further]
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with server_of(suite) as address:
        command += [text.format(**address) for text in suite.server_options]
        command += only or suite.tests
        variables = {name: text.format(**address) for name, text in suite.environment.items()}
        variables |= {"SUITE_NOTES": str(noted), "PYTHONPATH": str(PLUGIN)}
        variables["RENAMED_MODULES"] = json.dumps(suite.renamed)
        with open(out / f"{suite.package}-{way}.log", "w") as log:
            status = subprocess.run(
                command, cwd=sources, env=kept | variables, stdout=log, stderr=log, check=False
            ).returncode
    return read(noted, status)


def notes(out: Path, suite: Suite, way: str) -> Path:
    """Where the plugin's notes of a run are."""
    return out / f"{suite.package}-{way}.jsonl"


def read(noted: Path, status: int) -> Run:
    done = Run({}, [], status)
    for line in noted.read_text().splitlines() if noted.exists() else ():
        note = json.loads(line)
        if "finding" in note:
            done.findings.append(note)
        elif done.outcomes.get(note["test"]) != "failed":
            done.outcomes[note["test"]] = note["outcome"]
    return done


@contextlib.contextmanager
def server_of(suite: Suite):
    """The fields of the address of the server that the suite wants, while it runs."""
    if suite.server is None:
        yield {}
        return
    with contextlib.ExitStack() as stack:
        place, own = (stack.enter_context(tempfile.TemporaryDirectory()) for _ in range(2))
        certificate = Certificate(Path(place))
        if suite.server == "redis":
            address = stack.enter_context(redis_server.started(own, certificate))
        else:
            address = stack.enter_context(postgres_server.started(certificate))
        yield dataclasses.asdict(address)
