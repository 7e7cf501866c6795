"""A finding is plain, frozen data with one JSON form."""

import dataclasses
import json

import pytest

from trueloop.diagnostics import KINDS, Place, Related, Severity


def test_there_are_thirteen_kinds():
    assert len(KINDS) == len(set(KINDS)) == 13


def test_json_form_has_every_field(make_finding):
    place = Place("/srv/app/main.py", 3, "main")
    finding = make_finding(
        task="Task-3",
        count=10,
        stack=(place,),
        related=(Related("created", place),),
        details={"duration_s": 0.25},
    )

    assert json.loads(finding.as_json()) == {
        "kind": "blocked-loop",
        "severity": "error",
        "message": "it happened",
        "hint": "Do not let it happen.",
        "time": 1_700_000_000.0,
        "count": 10,
        "task": "Task-3",
        "where": {"file": "/srv/app/jobs.py", "line": 7, "function": "Jobs.run"},
        "stack": [{"file": "/srv/app/main.py", "line": 3, "function": "main"}],
        "related": [{"role": "created", "file": "/srv/app/main.py", "line": 3, "function": "main"}],
        "details": {"duration_s": 0.25},
    }


def test_json_form_is_one_ascii_line(make_finding):
    text = make_finding(message="zwölf\nZeilen \udcff").as_json()

    assert text.isascii()
    assert "\n" not in text


def test_unknown_place_is_null(make_finding):
    assert make_finding(where=None).as_dict()["where"] is None


def test_finding_is_frozen(make_finding):
    with pytest.raises(dataclasses.FrozenInstanceError):
        make_finding().count = 2


def test_same_kind_at_the_same_line_is_the_same_finding(make_finding):
    assert make_finding(message="once").key == make_finding(message="again").key
    assert make_finding(line=7).key != make_finding(line=8).key
    assert make_finding("blocked-loop").key != make_finding("lost-exception").key


def test_findings_without_a_place_are_told_apart_by_their_message(make_finding):
    assert make_finding(where=None, message="a").key != make_finding(where=None, message="b").key


@pytest.mark.parametrize(
    ("severity", "level", "reaches"),
    [
        (Severity.ERROR, Severity.ERROR, True),
        (Severity.ERROR, Severity.WARNING, True),
        (Severity.WARNING, Severity.WARNING, True),
        (Severity.WARNING, Severity.ERROR, False),
    ],
)
def test_error_is_worse_than_warning(severity, level, reaches):
    assert severity.reaches(level) is reaches
