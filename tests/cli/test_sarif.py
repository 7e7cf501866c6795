"""SARIF output has what the standard's schema requires, and nothing that it forbids."""

import json

import pytest

from trueloop.cli.kinds import IN_SHORT
from trueloop.cli.sarif import as_sarif
from trueloop.diagnostics import KINDS, Finding, Place, Related, Severity

# Of the objects used here: the properties required, and the others used, by the schema of 2.1.0,
# which allows no property that it does not name.
OBJECTS = {
    "log": ({"version", "runs"}, {"$schema"}),
    "run": ({"tool"}, {"results", "columnKind"}),
    "tool": ({"driver"}, set()),
    "driver": ({"name"}, {"version", "rules"}),
    "rule": (
        {"id"},
        {"name", "shortDescription", "help", "helpUri", "defaultConfiguration"},
    ),
    "shortDescription": ({"text"}, set()),
    "help": ({"text"}, set()),
    "defaultConfiguration": (set(), {"level"}),
    "result": (
        {"message"},
        {
            *("ruleId", "ruleIndex", "level", "occurrenceCount", "locations", "stacks"),
            *("relatedLocations", "partialFingerprints", "properties"),
        },
    ),
    "message": ({"text"}, set()),
    "location": (set(), {"physicalLocation", "logicalLocations", "message"}),
    "physicalLocation": ({"artifactLocation"}, {"region"}),
    "artifactLocation": (set(), {"uri"}),
    "region": (set(), {"startLine", "startColumn", "endLine", "endColumn"}),
    "logicalLocation": (set(), {"fullyQualifiedName", "kind"}),
    "stack": ({"frames"}, {"message"}),
    "frame": (set(), {"location"}),
}
LISTS = {
    "runs": "run",
    "rules": "rule",
    "results": "result",
    "locations": "location",
    "relatedLocations": "location",
    "logicalLocations": "logicalLocation",
    "stacks": "stack",
    "frames": "frame",
}
SETS = {"rules", "relatedLocations", "stacks", "logicalLocations"}
FREE = {"properties", "partialFingerprints"}
NUMBERS = {"startLine", "startColumn", "endLine", "endColumn", "occurrenceCount"}


def check(name, value):
    """Assert that `value` may stand under this name."""
    if name in SETS:
        assert all(each not in value[:number] for number, each in enumerate(value)), name
    if name in LISTS:
        for each in value:
            check(LISTS[name], each)
    elif name in OBJECTS:
        required, others = OBJECTS[name]
        assert required <= value.keys() <= required | others, name
        for key, inner in value.items():
            check(key, inner)
    elif name in NUMBERS:
        assert isinstance(value, int)
        assert value >= 1
    elif name == "level":
        assert value in ("none", "note", "warning", "error")
    elif name == "columnKind":
        assert value in ("utf16CodeUnits", "unicodeCodePoints")
    elif name == "ruleIndex":
        assert value >= 0
    elif name not in FREE:
        assert isinstance(value, str)


def log_of(*findings):
    log = json.loads(json.dumps(as_sarif(findings)))
    check("log", log)
    assert log["version"] == "2.1.0"
    return log["runs"][0]


def finding_of(kind="blocked-loop", **changes):
    fields = {
        "kind": kind,
        "severity": Severity.ERROR,
        "message": "it happened",
        "hint": "Do not let it happen.",
        "time": 1_700_000_000.0,
        "where": Place("/srv/app/jobs.py", 7, "Jobs.run"),
    }
    return Finding(**fields | changes)


def test_log_without_findings_is_valid():
    assert log_of()["results"] == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_rule(kind):
    run = log_of(finding_of(kind))

    (rule,) = run["tool"]["driver"]["rules"]
    assert rule["id"] == kind
    assert rule["shortDescription"]["text"] == IN_SHORT[kind]


def test_finding_with_all_it_can_have_is_valid():
    place = Place("app/main.py", 3, "main")
    run = log_of(
        finding_of(
            count=10,
            task="Task-3",
            stack=(place, place),
            related=(Related("created", place), Related("holds", place)) * 2,
            details={"duration_s": 0.25},
        )
    )

    (result,) = run["results"]
    assert result["message"] == {"text": "it happened. Do not let it happen."}
    assert result["occurrenceCount"] == 10
    assert result["properties"] == {"duration_s": 0.25, "task": "Task-3"}
    assert len(result["stacks"][0]["frames"]) == 2
    assert [each["message"]["text"] for each in result["relatedLocations"]] == ["created", "holds"]


def test_findings_share_their_rule():
    run = log_of(finding_of("deadlock"), finding_of(), finding_of(where=None))

    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["deadlock", "blocked-loop"]
    assert [result["ruleIndex"] for result in run["results"]] == [0, 1, 1]


@pytest.mark.parametrize(
    ("file", "uri"),
    [
        ("/srv/app/my jobs.py", "file:///srv/app/my%20jobs.py"),
        ("app/jobs.py", "app/jobs.py"),
        ("<string>", "%3Cstring%3E"),
        ("/srv/\udce9.py", "file:///srv/%E9.py"),
    ],
)
def test_file_names_are_references(file, uri):
    (result,) = log_of(finding_of(where=Place(file, 0, "f")))["results"]

    assert result["locations"][0]["physicalLocation"] == {"artifactLocation": {"uri": uri}}


def test_fingerprint_outlives_a_shift_of_lines(tmp_path):
    path = tmp_path / "jobs.py"
    path.write_text("run()\n\nrun()\nother()\n")
    prints = [
        log_of(finding_of(where=Place(str(path), line, "f")))["results"][0]["partialFingerprints"]
        for line in (1, 3, 4)
    ]

    assert prints[0] == prints[1] != prints[2]
