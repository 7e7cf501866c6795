"""Silencing: which findings the developer has asked not to see.

Law: only answers whether a finding is unwanted; the ledger counts those it is asked about, so that
nothing is hidden silently. Three ways to ask, all of them exact about the kind:

    trueloop.diagnostics.ignore("blocked-loop", file="*/legacy/*.py")
    [tool.trueloop]                          in pyproject.toml, the nearest one upwards from the
    ignore = ["blocked-loop", {kind = "lost-exception", function = "probe"}]      working directory
    time.sleep(1)  # trueloop: ignore[blocked-loop]                        on the line `where` names
"""

from __future__ import annotations

import logging
import os
import re
from dataclasses import dataclass
from fnmatch import fnmatch
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import files, source
from trueloop.diagnostics.finding import KINDS, is_static

if TYPE_CHECKING:
    from trueloop.diagnostics.finding import Finding

_COMMENT = re.compile(r"#\s*trueloop:\s*ignore\[([^\]]*)\]")
_KEYS = {"kind", "file", "function"}


@dataclass(frozen=True, slots=True)
class Rule:
    """Findings of one kind; of all places, or of those whose file and function match a pattern."""

    kind: str
    file: str | None = None
    function: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in KINDS and not is_static(str(self.kind)):
            raise ValueError(
                f"{self.kind!r} is no kind of finding; the kinds are {', '.join(KINDS)}"
            )
        for pattern in (self.file, self.function):
            if pattern is not None and not isinstance(pattern, str):
                raise ValueError(f"{pattern!r} is no pattern for a file or function name")

    def covers(self, finding: Finding) -> bool:
        """Whether the rule is about this finding."""
        if finding.kind != self.kind:
            return False
        if self.file is None and self.function is None:
            return True
        where = finding.where
        if where is None:
            return False
        return (self.file is None or _file_matches(where.file, self.file)) and (
            self.function is None or _function_matches(where.function, self.function)
        )


def _file_matches(file: str, pattern: str) -> bool:
    """`app/jobs.py` and `jobs.py` match /srv/app/jobs.py, and so does `app/*.py`."""
    return fnmatch(file, pattern) or fnmatch(file, f"*/{pattern}")


def _function_matches(function: str, pattern: str) -> bool:
    """`run` and `Poller.run` match Poller.run, and so does `Poller.*`."""
    return fnmatch(function, pattern) or fnmatch(function.rpartition(".")[2], pattern)


class Silencing:
    """All rules of one process."""

    def __init__(self, directory: str | None) -> None:
        """`directory`: where the search for pyproject.toml begins; None: there is none."""
        self._rules: list[Rule] = []
        self._directory = directory

    def add(self, rule: Rule) -> None:
        """Do not report what the rule covers."""
        self._rules.append(rule)

    def rules(self) -> tuple[Rule, ...]:
        """All rules; those of the project are read at the first call."""
        if self._directory is not None:
            directory, self._directory = self._directory, None
            self._rules += project_rules(directory)
        return tuple(self._rules)

    def covers(self, finding: Finding) -> bool:
        """Whether the developer does not want to see this finding."""
        return any(rule.covers(finding) for rule in self.rules()) or has_comment(finding)


def has_comment(finding: Finding) -> bool:
    """Whether the line that the finding names has a comment which silences it."""
    if finding.where is None:
        return False
    line = source.line(finding.where.file, finding.where.line)
    for match in _COMMENT.finditer(line):
        if finding.kind in (kind.strip() for kind in match[1].split(",")):
            return True
    return False


def project_rules(directory: str) -> list[Rule]:
    """Rules of the nearest pyproject.toml, upwards from `directory`, that has [tool.trueloop].

    What cannot be understood there is logged and left out.
    """
    while True:
        path = os.path.join(directory, "pyproject.toml")
        table = _read_table(path)
        if table is not None:
            return _read_rules(table, path)
        outer = os.path.dirname(directory)
        if outer == directory:
            return []
        directory = outer


def _read_table(path: str) -> dict[str, Any] | None:
    """[tool.trueloop] of a pyproject.toml, if there is one."""
    try:
        text = files.contents(path).decode()
    except (OSError, UnicodeDecodeError):
        return None
    if "trueloop" not in text:
        return None
    import tomllib  # rarely needed

    try:
        table = tomllib.loads(text).get("tool", {}).get("trueloop")
    except (tomllib.TOMLDecodeError, AttributeError) as error:
        _complain(path, f"cannot be read: {error}")
        return None
    return table if isinstance(table, dict) else None


def _read_rules(table: dict[str, Any], path: str) -> list[Rule]:
    entries = table.get("ignore", [])
    if not isinstance(entries, list):
        _complain(path, "[tool.trueloop] ignore must be a list")
        return []
    rules = []
    for entry in entries:
        fields = {"kind": entry} if isinstance(entry, str) else entry
        if not isinstance(fields, dict) or "kind" not in fields or not fields.keys() <= _KEYS:
            _complain(
                path, f"[tool.trueloop] ignore: {entry!r} is neither a kind nor a table of one"
            )
            continue
        try:
            rules.append(Rule(**fields))
        except ValueError as error:
            _complain(path, f"[tool.trueloop] ignore: {error}")
    return rules


def _complain(path: str, problem: str) -> None:
    logging.getLogger("trueloop").warning("%s: %s", path, problem)
