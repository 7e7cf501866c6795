"""SARIF: findings in the form that code hosts and editors read (version 2.1.0 of the standard).

Law: plain data in, plain data out. File names are relative to the directory of the start where they
can be, because a code host knows nothing of the machine on which a check ran.
"""

from __future__ import annotations

import hashlib
import os
import urllib.parse
from typing import TYPE_CHECKING, Any

import trueloop
from trueloop.cli.kinds import IN_SHORT
from trueloop.diagnostics import source
from trueloop.diagnostics.text import relative

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from trueloop.diagnostics.finding import Finding
    from trueloop.diagnostics.places import Place

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(findings: Sequence[Finding]) -> dict[str, Any]:
    """One SARIF log with one run in it."""
    rules = _rules(findings)
    numbers = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {"name": "trueloop", "version": trueloop.__version__, "rules": rules}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, numbers[finding.kind]) for finding in findings],
            }
        ],
    }


def _rules(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """What is known of each kind that was found."""
    rules = {}
    for finding in findings:
        kind = finding.kind
        if kind in rules:
            continue
        name = str(finding.details.get("rule", kind))
        rule = {
            "id": kind,
            "name": "".join(word.capitalize() for word in name.split("-")),
            "shortDescription": {"text": IN_SHORT.get(kind, finding.message)},
            "help": {"text": f"{finding.hint} More: `trueloop explain {kind}`."},
            "defaultConfiguration": {"level": str(finding.severity)},
        }
        docs = str(finding.details.get("docs", ""))
        if docs.startswith("https:"):
            rule["helpUri"] = docs
        rules[kind] = rule
    return list(rules.values())


def _result(finding: Finding, rule_index: int) -> dict[str, Any]:
    where, details = finding.where, dict(finding.details)
    result: dict[str, Any] = {
        "ruleId": finding.kind,
        "ruleIndex": rule_index,
        "level": str(finding.severity),
        "message": {"text": f"{finding.message}. {finding.hint}"},
        "occurrenceCount": finding.count,
    }
    if where is not None:
        location = _location(where)
        region = location["physicalLocation"].get("region")
        if region is not None and "column" in details:
            region["startColumn"] = details.pop("column")
            region["endLine"] = details.pop("end_line")
            region["endColumn"] = details.pop("end_column")
        result["locations"] = [location]
        result["partialFingerprints"] = {"trueloop/v1": _fingerprint(finding.kind, where)}
    if finding.stack:
        frames = [{"location": _location(place)} for place in finding.stack]
        result["stacks"] = [{"message": {"text": "what led there"}, "frames": frames}]
    if finding.related:
        result["relatedLocations"] = [
            _location(other.place) | {"message": {"text": other.role}}
            for other in dict.fromkeys(finding.related)  # the standard wants a set
        ]
    if finding.task is not None:
        details["task"] = finding.task
    if details:
        result["properties"] = details
    return result


def _location(place: Place) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": _uri(place.file)}}
    if place.line > 0:
        physical["region"] = {"startLine": place.line}
    return {
        "physicalLocation": physical,
        "logicalLocations": [{"fullyQualifiedName": place.function, "kind": "function"}],
    }


def _uri(file: str) -> str:
    """The name as a reference: relative below the working directory, else absolute."""
    file = relative(file)
    name = urllib.parse.quote(os.fsencode(file.replace(os.sep, "/")))
    return f"file://{name}" if os.path.isabs(file) else name


def _fingerprint(kind: str, where: Place) -> str:
    """What stays the same when lines above are added: the line itself, and where it stands."""
    text = source.line(where.file, where.line).strip()
    whole = "\0".join((kind, _uri(where.file), where.function, text))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:16]
