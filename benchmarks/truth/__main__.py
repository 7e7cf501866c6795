"""`python -m benchmarks.truth`: every tool on every program, then the tables."""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import machine
from benchmarks.truth import corpus, cost, environment, tables
from benchmarks.truth.judgement import Verdict, judge
from benchmarks.truth.scores import Score, Scores
from benchmarks.truth.toolbox import OURS, PLAIN, TOOLS, Tool

OWN_CASES = machine.ROOT / "tests" / "diagnostics" / "cases"
OWN = "the project's own cases"


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth", description=__doc__)
    parser.add_argument(
        "--corpus", type=Path, metavar="DIR", help="a folder of programs (default: the own cases)"
    )
    parser.add_argument("--name", help="what the tables call that corpus (default: its name)")
    parser.add_argument(
        "--tool", action="append", choices=TOOLS, metavar="NAME", help=f"of: {', '.join(TOOLS)}"
    )
    parser.add_argument("--only", default="", metavar="TEXT", help="programs with that in the name")
    parser.add_argument("--python", default=sys.executable, help="a Python that has trueloop")
    parser.add_argument("--parallel", type=int, default=2, help="programs at a time (default: 2)")
    parser.add_argument("--limit-s", type=float, default=20.0, help="seconds for one program")
    parser.add_argument("--rounds", type=int, default=5, help="rounds of the cost (0: none)")
    parser.add_argument("--cost-only", action="store_true", help="leave the verdicts as they are")
    parser.add_argument("--out", type=Path, metavar="FILE", help="the results file; is added to")
    parser.add_argument("-v", action="store_true", help="show what each tool says")
    return parser.parse_args(given)


def command(given: Sequence[str] | None = None) -> int:
    """Run the chosen tools on the chosen programs; 1 if trueloop missed or accused."""
    options = arguments(given)
    folder = options.corpus or OWN_CASES
    try:
        cases = [case for case in corpus.read(folder) if options.only in case.name]
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    name = options.name or (folder.resolve().name if options.corpus else OWN)
    scores = results(options, name)
    chosen = [TOOLS[tool] for tool in options.tool or TOOLS]
    pythons = {tool.name: options.python for tool in chosen}
    if any(tool.name != OURS for tool in chosen):
        apart = environment.tools_python(options.python)
        pythons |= {tool.name: apart for tool in TOOLS.values() if tool.name != OURS}
    for tool in () if options.cost_only else chosen:
        print(f"{tool.name} on {len(cases)} programs", file=sys.stderr, flush=True)
        score = Score(version(tool, pythons[tool.name], scores.python))
        score.commit = machine.commit() if tool.name == OURS else None
        if tool.name in scores.tools:
            score.cpu = scores.tools[tool.name].cpu
        score.verdicts = verdicts(tool, pythons[tool.name], cases, options)
        scores.tools[tool.name] = score
        scores.save(options.out)
    if options.rounds:
        add_costs(scores, chosen, pythons, options)
    print(tables.text(scores))
    return 0 if is_perfect(scores.tools.get(OURS)) else 1


def results(options: argparse.Namespace, name: str) -> Scores:
    """Return the results file's content, or an empty one."""
    python = environment.python_version(options.python)
    if options.out is None:
        stem = re.sub(r"\W+", "-", name.lower())
        short = ".".join(python.split(".")[:2])
        options.out = machine.ROOT / "build" / "benchmarks" / f"truth-{stem}-{short}.json"
    if options.out.exists():
        before = Scores.load(options.out)
        if before.corpus == name and before.python == python:
            return before
    return Scores(name, python, machine.describe())


def version(tool: Tool, python: str, of_python: str) -> str:
    if tool.package is None:
        return of_python
    return environment.version(python, tool.package)


def verdicts(
    tool: Tool, python: str, cases: Sequence[corpus.Case], options: argparse.Namespace
) -> dict[str, Verdict]:
    """Return what one tool makes of each program."""

    def look(case: corpus.Case) -> Verdict:
        claims = tool.claims(python, case.path, options.limit_s)
        verdict = judge(case, claims)
        if options.v:
            outcome = f"found {sum(verdict.found)}, located {sum(verdict.located)}"
            shown = [f"    {sorted(claim.kinds)} {sorted(claim.lines)}" for claim in claims]
            said = [f"      {claim.text.strip().splitlines()[0]}" for claim in claims]
            pairs = [line for pair in zip(shown, said, strict=True) for line in pair]
            head = f"{tool.name}: {case.name}: {len(case.bugs)} bugs, {outcome}, "
            head += f"accused {verdict.accused}, others {verdict.others}"
            print("\n".join([head, *pairs]), flush=True)
        return verdict

    with ThreadPoolExecutor(options.parallel) as pool:
        return {
            case.name: verdict for case, verdict in zip(cases, pool.map(look, cases), strict=True)
        }


def add_costs(
    scores: Scores, chosen: Sequence[Tool], pythons: dict[str, str], options: argparse.Namespace
) -> None:
    """Measure what the chosen tools cost, where they run the program at all."""
    runners = [(tool, pythons[tool.name]) for tool in chosen if tool.runs]
    if not runners:
        return
    print(f"cost, {options.rounds} rounds", file=sys.stderr, flush=True)
    plain = TOOLS[PLAIN], pythons.get(PLAIN) or environment.tools_python(options.python)
    ratios = cost.measure(runners, plain, options.rounds, machine.last_cpu())
    for tool, _ in runners:
        scores.tools[tool.name].cpu = ratios[tool.name]
    scores.save(options.out)


def is_perfect(score: Score | None) -> bool:
    return score is None or (
        all(located for *_, located in score.bugs()) and not score.accused() + score.others()
    )


if __name__ == "__main__":
    raise SystemExit(command())
