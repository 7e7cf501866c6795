"""What a tool's claims about one program are worth, against what the program announces."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from benchmarks.truth.corpus import Bug, Case
    from benchmarks.truth.recognition import Claim


@dataclass(slots=True)
class Verdict:
    """One tool on one program.

    Attributes:
        expected: The kinds of the planted bugs, as often as they are planted.
        found: For each of them, whether a claim can be recognised as that bug.
        located: For each of them, whether such a claim names a line of the bug's.
        accused: Of a clean program: how many claims were made.
        others: Of a program with bugs: how many claims are about none of them.
    """

    expected: list[str] = field(default_factory=list)
    found: list[bool] = field(default_factory=list)
    located: list[bool] = field(default_factory=list)
    accused: int = 0
    others: int = 0


def judge(case: Case, claims: Iterable[Claim]) -> Verdict:
    """Return what the claims are worth; each may stand for any number of bugs."""
    claims = list(claims)
    verdict = Verdict()
    if case.bugs:
        known = case.allowed.union(bug.kind for bug in case.bugs)
        verdict.others = sum(claim.kinds.isdisjoint(known) for claim in claims)
    else:
        verdict.accused = len(claims)
    for bug in case.bugs:
        fitting = [claim for claim in claims if bug.kind in claim.kinds]
        verdict.expected.append(bug.kind)
        verdict.found.append(bool(fitting))
        verdict.located.append(any(names(claim, bug) for claim in fitting))
    return verdict


def names(claim: Claim, bug: Bug) -> bool:
    return not claim.lines.isdisjoint(bug.lines)
