"""The judgements on findings: judged.toml says of each whether the test's author really planted it.

A finding that is not in the list is news: somebody has to read the test. Entries name a function,
not a line, so that they outlive a release.
"""

import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

JUDGED = Path(__file__).with_name("judged.toml")
VERDICTS = ("true", "false")


def judged(suite: str) -> dict[tuple[str, str, str], str]:
    """Verdict by (kind, file, function) of the findings in one suite that have been judged."""
    entries = tomllib.loads(JUDGED.read_text()).get(suite, [])
    return {
        (entry["kind"], entry["file"], function): entry["verdict"]
        for entry in entries
        for function in entry["functions"]
    }


def key(finding: dict[str, Any], sources: Path) -> tuple[str, str, str]:
    """What a finding's judgement is filed under: its kind, file and function.

    The file is relative to the suite's sources or to where packages are installed.
    """
    where = finding["where"] or {"file": "", "function": ""}
    file = Path(where["file"])
    if file.is_relative_to(sources.resolve()):
        name = str(file.relative_to(sources.resolve()))
    else:
        _, installed, inside = where["file"].partition("/site-packages/")
        name = inside if installed else file.name
    return finding["kind"], name, where["function"]


def sorted_out(suite: str, findings: list[dict[str, Any]], sources: Path):
    """How many findings have which verdict, and those that have none yet."""
    known = judged(suite)
    counts: Counter[str] = Counter()
    news = []
    for finding in findings:
        verdict = known.get(key(finding, sources))
        if verdict is None:
            news.append(finding)
        else:
            counts[verdict] += 1
    return counts, news


def say(suite: str, notes: list[dict[str, Any]], sources: Path) -> str:
    """Which verdicts the findings have, and all about those that have none yet."""
    counts, news = sorted_out(suite, [note["finding"] for note in notes], sources)
    words = [f"{counts[verdict]} {verdict}" for verdict in VERDICTS]
    lines = [", ".join([*words, f"{len(news)} not judged yet"])]
    for note in notes:
        if note["finding"] in news:
            kind, file, function = key(note["finding"], sources)
            where = note["finding"]["where"] or {"line": "?"}
            lines.append(f"  {kind}: {file}:{where['line']} in {function}")
            lines += [f"    {note['finding']['message']}", f"    in {note['test']}"]
    return "\n".join(lines)
