"""Makes Markdown of a scoreboard: `python -m benchmarks.truth.tables FILE [--into PAGE]`.

The README's and the docs' figures come from here alone. With `--into PAGE` the tables replace what
stands between the page's two marker comments, which name the corpus.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median

from benchmarks.page import NOTHING, markdown, put_between
from benchmarks.truth.scores import Score, Scores
from benchmarks.truth.toolbox import OURS, TOOLS
from trueloop.diagnostics import KINDS

BEGIN = "<!-- truth of {corpus}:start -->"
END = "<!-- truth of {corpus}:end -->"
TOGETHER = "all others together"


def tools_table(scores: Scores) -> str:
    """Return the table with a line for each tool: what it found, whom it accused, what it costs."""
    head = ["tool", "bugs found", "right line", "clean programs accused", "other claims", "CPU"]
    lines = [
        [
            label(name, score),
            *outcome(score.bugs()),
            f"{score.accused()} of {score.clean()}",
            str(score.others()),
            f"{median(score.cpu):.2f}" if score.cpu else NOTHING,
        ]
        for name, score in known(scores)
    ]
    others = [score for name, score in known(scores) if name != OURS]
    if len(others) > 1:
        lines.append([TOGETHER, *outcome(together(others)), NOTHING, NOTHING, NOTHING])
    return markdown(head, lines)


def kinds_table(scores: Scores) -> str:
    """Return the table with a line for each kind: found (and located) by each tool."""
    tools = known(scores)
    planted = Counter(kind for _, _, kind, _, _ in tools[0][1].bugs())
    head = ["kind", "planted", *(name for name, _ in tools)]
    lines = []
    for kind in KINDS:
        if not planted[kind]:
            continue
        line = [kind, str(planted[kind])]
        for _, score in tools:
            mine = [bug for bug in score.bugs() if bug[2] == kind]
            found, located = sum(bug[3] for bug in mine), sum(bug[4] for bug in mine)
            line.append(f"{found} ({located})" if found else "")
        lines.append(line)
    return markdown(head, lines)


def known(scores: Scores) -> list[tuple[str, Score]]:
    return [(name, scores.tools[name]) for name in TOOLS if name in scores.tools]


def label(name: str, score: Score) -> str:
    own = (TOOLS[name].package or "").replace("-", "") == name.replace("-", "")
    return f"{name} {score.version}" if own else name


def outcome(bugs: Iterable[tuple[str, int, str, bool, bool]]) -> list[str]:
    bugs = list(bugs)
    found, located = sum(bug[3] for bug in bugs), sum(bug[4] for bug in bugs)
    return [f"{found} of {len(bugs)}", str(located)]


def together(scores: Sequence[Score]) -> Iterable[tuple[str, int, str, bool, bool]]:
    """Yield every bug as the best of several tools has it."""
    best: dict[tuple[str, int, str], tuple[bool, bool]] = {}
    for score in scores:
        for name, number, kind, found, located in score.bugs():
            before = best.get((name, number, kind), (False, False))
            best[name, number, kind] = before[0] or found, before[1] or located
    for (name, number, kind), (found, located) in best.items():
        yield name, number, kind, found, located


def provenance(scores: Scores) -> str:
    """Return the sentence that says what was run, where."""
    where = scores.machine
    ours = scores.tools.get(OURS)
    commit = f" trueloop is commit {ours.commit}." if ours and ours.commit else ""
    rounds = max((len(score.cpu) for score in scores.tools.values()), default=0)
    return (
        f"Corpus: {scores.corpus}. CPython {scores.python}, {where['cpu']}, {where['cpus']} CPUs, "
        f"Linux {where['kernel']}.{commit} CPU: CPU time of benchmarks/truth/workload.py against "
        f"plain asyncio, median of {rounds} rounds."
    )


def text(scores: Scores) -> str:
    parts = [tools_table(scores), "By kind, found (with the right line):", kinds_table(scores)]
    return "\n\n".join([*parts, provenance(scores)])


def command(given: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.truth.tables", description=__doc__)
    parser.add_argument("scores", type=Path, help="a file that python -m benchmarks.truth wrote")
    parser.add_argument("--into", type=Path, metavar="PAGE", help="rewrite that page's tables")
    parser.add_argument("--short", action="store_true", help="only the table of the tools")
    options = parser.parse_args(given)
    scores = Scores.load(options.scores)
    said = f"{tools_table(scores)}\n\n{provenance(scores)}" if options.short else text(scores)
    if options.into is None:
        print(said)
        return 0
    try:
        begin, end = (marker.format(corpus=scores.corpus) for marker in (BEGIN, END))
        put_between(begin, end, options.into, said)
    except ValueError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    raise SystemExit(command())
