"""Finding: one sentence about one bug in the running program, with the evidence.

Law: plain data that holds no object of the program. docs/findings/README.md describes the JSON
form, which is a contract: fields are added, never renamed.
"""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trueloop.diagnostics.places import Place

KINDS = (
    "blocked-loop",
    "starved-loop",
    "circular-await",
    "deadlock",
    "stranded-task",
    "lost-exception",
    "swallowed-cancellation",
    "abandoned-task",
    "never-awaited",
    "wrong-thread",
    "stuck-shutdown",
    "unclosed-generator",
    "saturated-executor",
)


def is_static(kind: str) -> bool:
    """Whether it is the name of a rule about source code, which `trueloop check` applies."""
    return kind.startswith("ASYNC") and len(kind) == 8 and kind[5:].isdecimal()


class Severity(enum.StrEnum):
    """How bad: an `error` did harm already; a `warning` is a bug whose harm is not certain."""

    WARNING = "warning"
    ERROR = "error"

    def reaches(self, level: Severity) -> bool:
        """Whether this is at least as bad as `level`."""
        return self is Severity.ERROR or level is Severity.WARNING


def key_of(kind: str, where: Place) -> tuple[object, ...]:
    """What findings of one kind at one place have in common."""
    return kind, where.file, where.line


class Related(NamedTuple):
    """A further place that belongs to a finding, and its part in it ("created", "awaits", ...)."""

    role: str
    place: Place


@dataclass(frozen=True, slots=True)
class Finding:
    """One bug that trueloop saw happen.

    Attributes:
        kind: one of KINDS, or the name of a rule about source code.
        severity: Severity.ERROR or Severity.WARNING.
        message: what happened, for the person who has the bug; one sentence.
        hint: what to do about it, in the imperative.
        time: seconds since the epoch.
        count: how often it happened at this place so far.
        task: name of the task concerned, or None.
        where: the line to look at, or None if no line is known.
        stack: the lines that led there, innermost first.
        related: other places that explain it.
        details: numbers particular to the kind; units are part of the names.
    """

    kind: str
    severity: Severity
    message: str
    hint: str
    time: float
    count: int = 1
    task: str | None = None
    where: Place | None = None
    stack: tuple[Place, ...] = ()
    related: tuple[Related, ...] = ()
    details: Mapping[str, float | int | str] = field(default_factory=dict)

    @property
    def key(self) -> tuple[object, ...]:
        """What makes two findings the same: kind and place; the message if there is no place."""
        where = self.where
        return (self.kind, self.message) if where is None else key_of(self.kind, where)

    def as_dict(self) -> dict[str, Any]:
        """The JSON form, as Python objects."""
        return {
            "kind": self.kind,
            "severity": str(self.severity),
            "message": self.message,
            "hint": self.hint,
            "time": self.time,
            "count": self.count,
            "task": self.task,
            "where": None if self.where is None else self.where._asdict(),
            "stack": [place._asdict() for place in self.stack],
            "related": [{"role": other.role, **other.place._asdict()} for other in self.related],
            "details": dict(self.details),
        }

    def as_json(self) -> str:
        """The JSON form, on one line, in ASCII."""
        return json.dumps(self.as_dict(), separators=(",", ":"), default=str)
