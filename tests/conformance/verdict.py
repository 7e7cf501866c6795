"""Judges a run: a failure counts when asyncio itself, run in the same way, does not have it.

Pure functions from results to verdicts and text; starts nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.conformance.watch import ModuleRun, Result

Results = Mapping[str, Result]


@dataclass(slots=True)
class Verdict:
    """What the failures of one run amount to; each list holds test ids."""

    ours: dict[str, Result] = field(default_factory=dict)  # asyncio passes: counts
    shared: list[str] = field(default_factory=list)  # asyncio fails as well
    unsteady: dict[str, Result] = field(default_factory=dict)  # passed when run again alone
    missing: list[str] = field(default_factory=list)  # run on asyncio's loop, not on ours

    @property
    def is_good(self) -> bool:
        return not self.ours and not self.missing


def judge(bad: Results, again: Results, stock: Results) -> Verdict:
    """Sort the `bad` results of the first run by what a second run and asyncio gave.

    A test that only our run has (a class of its own) has no result in `stock`: it counts.
    """
    verdict = Verdict()
    for test, result in bad.items():
        second = again.get(test, result)
        if not second.is_bad:
            verdict.unsteady[test] = result
        elif test in stock and stock[test].is_bad:
            verdict.shared.append(test)
        else:
            verdict.ours[test] = second
    return verdict


def table(runs: Mapping[str, ModuleRun]) -> str:
    """One line for each module, and their sums."""
    states = ("passed", "failed", "hung", "crashed", "skipped")
    head = f"{'module':<28}" + "".join(f"{state:>9}" for state in states)
    lines = [head + f"{'loops':>9}{'seconds':>9}"]
    for module, run in runs.items():
        counts = "".join(f"{run.count(state):9d}" for state in states)
        name = module.rpartition(".")[2]
        lines.append(f"{name:<28}{counts}{run.loops_made:9d}{run.took_s:9.1f}")
    sums = "".join(f"{sum(run.count(state) for run in runs.values()):9d}" for state in states)
    loops = sum(run.loops_made for run in runs.values())
    seconds = sum(run.took_s for run in runs.values())
    lines.append(f"{'all':<28}{sums}{loops:9d}{seconds:9.1f}")
    return "\n".join(lines)


def explain(verdict: Verdict) -> str:
    """The failures that count, each with its last lines, and the rest by name."""
    parts = []
    for test, result in verdict.ours.items():
        detail = "\n".join(f"    {line}" for line in result.detail.splitlines()[-12:])
        parts.append(f"{result.state}: {test}\n{detail}")
    parts += [f"missing: {test}" for test in verdict.missing]
    parts += [f"asyncio has this failure too: {test}" for test in verdict.shared]
    parts += [f"failed once, passed when run again: {test}" for test in verdict.unsteady]
    return "\n".join(parts)
