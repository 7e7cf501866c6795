"""What a reader would recognise in a remark of a tool: which kinds of bugs, at which lines.

Meant to be generous: a remark counts for every kind that its reader could take it for, and for
every line of the program it names anywhere, in a traceback or a task's repr. A code of a linter
counts for the kinds that its documentation warns of.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

UNKNOWN: frozenset[str] = frozenset()
BLOCKED = frozenset({"blocked-loop", "starved-loop"})
LEAKED = frozenset({"abandoned-task", "stranded-task", "stuck-shutdown"})

# What Python, asyncio and the tools that run a program say, in lower case.
SAID: tuple[tuple[str, frozenset[str]], ...] = (
    (r"was never awaited", frozenset({"never-awaited"})),
    (r"exception was never retrieved", frozenset({"lost-exception"})),
    (r"exception in callback", frozenset({"lost-exception"})),
    (r"unhandled exception", frozenset({"lost-exception"})),
    (r"exception in .*(protocol|connection|transport|callback)", frozenset({"lost-exception"})),
    (r"unhandled error|fatal error", frozenset({"lost-exception"})),
    (r"^executing .* took", BLOCKED),
    (r"non-thread-safe operation", frozenset({"wrong-thread"})),
    (r"task was destroyed but it is pending", LEAKED | {"deadlock"}),
    (r"asynchronous generator", frozenset({"unclosed-generator"})),
    (r"async_generator|async generator", frozenset({"unclosed-generator"})),
    (r"executor did not finish", frozenset({"stuck-shutdown"})),
    (r"task cannot await on itself", frozenset({"circular-await"})),
    (r"recursionerror", frozenset({"circular-await"})),
    (r"is attached to a different loop|different event loop", frozenset({"wrong-thread"})),
    (r"^slow task: ", BLOCKED),
    (r"event loop block|^event loop monitoring summary", BLOCKED),
    (r"leaked asyncio tasks|leaked task:", LEAKED),
    (r"leaked threads?", frozenset({"stuck-shutdown"})),
    (r"^blocking call to ", BLOCKED),
)

# By the code's number, for both linters; what a number does not stand for is style.
CODES: Mapping[str, frozenset[str]] = {
    "ASYNC101": frozenset({"swallowed-cancellation"}),
    "ASYNC102": frozenset({"swallowed-cancellation", "stuck-shutdown"}),
    "ASYNC103": frozenset({"swallowed-cancellation", "stuck-shutdown"}),
    "ASYNC104": frozenset({"swallowed-cancellation", "stuck-shutdown"}),
    "ASYNC105": frozenset({"never-awaited"}),
    "ASYNC110": frozenset({"starved-loop"}),
    "ASYNC115": frozenset({"starved-loop"}),
    "ASYNC119": frozenset({"unclosed-generator"}),
    "ASYNC120": frozenset({"swallowed-cancellation", "lost-exception"}),
    "ASYNC300": frozenset({"abandoned-task", "lost-exception", "stranded-task"}),
    "RUF006": frozenset({"abandoned-task", "lost-exception", "stranded-task"}),
}
BLOCKING_CODE = re.compile(r"ASYNC2\d\d")

# A program may fail as it likes: its own exceptions are no claim of a tool's.
OWN_FAILURES = ("uncaught", "thread")


@dataclass(frozen=True, slots=True)
class Claim:
    """What a reader takes from one remark.

    Attributes:
        kinds: Every kind of bug it could be about; none if the reader would not know.
        lines: Every line of the program it names.
        text: The remark, for whoever wants to check this module.
    """

    kinds: frozenset[str]
    lines: frozenset[int]
    text: str


def of_remark(remark: Mapping[str, Any], program: Path) -> Claim | None:
    """Return what a remark of witness/ claims, None if it is no claim of a tool's."""
    text: str = remark["text"]
    kinds = said(text)
    if not kinds and remark["source"] in OWN_FAILURES:
        return None
    if remark["source"] == "uncaught" and kinds == {"lost-exception"}:
        return None
    lines = {line for file, line in remark["frames"] if is_same(file, program)}
    return Claim(kinds, frozenset(lines), text)


def said(text: str) -> frozenset[str]:
    """Return the kinds that a sentence of Python, asyncio or a tool is recognised as."""
    lowered = text.lower()
    return frozenset().union(
        *(kinds for sign, kinds in SAID if re.search(sign, lowered, re.MULTILINE))
    )


def of_code(code: str, line: int, text: str) -> Claim:
    """Return what a linter's code at a line claims."""
    known = CODES.get(code, UNKNOWN)
    kinds = BLOCKED if BLOCKING_CODE.fullmatch(code) else known
    return Claim(kinds, frozenset({line}), f"{code} {text}")


def of_finding(finding: Mapping[str, Any], program: Path) -> Claim:
    """Return what a finding of trueloop claims: one kind, and one line or none."""
    where = finding.get("where") or {"file": "", "line": None}
    lines = frozenset({where["line"]}) if is_same(where["file"], program) else frozenset()
    return Claim(frozenset({finding["kind"]}), lines, finding["message"])


def is_same(file: str, program: Path) -> bool:
    """Whether a file named by a tool, perhaps shortened, is the program."""
    return file.rpartition("/")[2] == program.name
