"""Silencing is exact about the kind, and complains about what it cannot understand."""

import linecache

import pytest

from trueloop import diagnostics
from trueloop.diagnostics import KINDS, Place
from trueloop.diagnostics.silencing import Rule, Silencing, project_rules


@pytest.mark.parametrize(
    ("file", "function", "covered"),
    [
        (None, None, True),
        ("jobs.py", None, True),
        ("app/jobs.py", None, True),
        ("app/*.py", None, True),
        ("/srv/app/jobs.py", None, True),
        ("obs.py", None, False),
        ("other/*.py", None, False),
        (None, "run", True),
        (None, "Jobs.run", True),
        (None, "Jobs.*", True),
        (None, "Jobs", False),
        ("jobs.py", "run", True),
        ("jobs.py", "stop", False),
        ("main.py", "run", False),
    ],
)
def test_rule_covers_what_matches_both_patterns(file, function, covered, make_finding):
    assert Rule("blocked-loop", file, function).covers(make_finding()) is covered


def test_rule_is_about_its_own_kind_only(make_finding):
    assert not Rule("lost-exception").covers(make_finding("blocked-loop"))


def test_rule_with_a_pattern_covers_no_unknown_place(make_finding):
    assert Rule("blocked-loop").covers(make_finding(where=None))
    assert not Rule("blocked-loop", "*").covers(make_finding(where=None))


def test_unknown_kind_is_refused():
    with pytest.raises(ValueError, match=r"^'slow' is no kind of finding; the kinds are block.*$"):
        diagnostics.ignore("slow")


def test_pattern_must_be_a_string():
    with pytest.raises(ValueError, match=r"^3 is no pattern for a file or function name$"):
        Rule("blocked-loop", file=3)


def test_rules_come_from_the_nearest_pyproject_that_has_any(tmp_path):
    inner = tmp_path / "project" / "deeper" / "still"
    inner.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text('[tool.trueloop]\nignore = ["deadlock"]\n')
    (tmp_path / "project" / "pyproject.toml").write_text(
        "[tool.trueloop]\n"
        'ignore = ["blocked-loop", { kind = "lost-exception", file = "a.py", function = "f" }]\n'
    )
    (inner / "pyproject.toml").write_text('[project]\nname = "trueloop-user"\n')

    assert project_rules(str(inner)) == [
        Rule("blocked-loop"),
        Rule("lost-exception", "a.py", "f"),
    ]
    assert project_rules(str(tmp_path)) == [Rule("deadlock")]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("[tool.trueloop]\nignore = 3\n", "ignore must be a list"),
        ('[tool.trueloop]\nignore = ["slow", "deadlock"]\n', "'slow' is no kind of finding"),
        ("[tool.trueloop]\nignore = [7]\n", "7 is neither a kind nor a table of one"),
        (
            '[tool.trueloop]\nignore = [{ kind = "deadlock", line = 3 }]\n',
            "is neither a kind nor a table of one",
        ),
        ("[tool.trueloop\n", "cannot be read"),
    ],
)
def test_what_cannot_be_understood_is_logged(text, complaint, tmp_path, caplog):
    (tmp_path / "pyproject.toml").write_text(text)

    project_rules(str(tmp_path))

    assert complaint in caplog.text
    assert str(tmp_path / "pyproject.toml") in caplog.text


def test_project_is_read_when_the_first_finding_comes(tmp_path, make_finding):
    silencing = Silencing(str(tmp_path))
    (tmp_path / "pyproject.toml").write_text('[tool.trueloop]\nignore = ["blocked-loop"]\n')

    assert silencing.covers(make_finding())


@pytest.mark.parametrize(
    ("comment", "covered"),
    [
        ("# trueloop: ignore[blocked-loop]", True),
        ("#trueloop:ignore[ lost-exception , blocked-loop ]", True),
        ("# noqa  # trueloop: ignore[blocked-loop]", True),
        ("# trueloop: ignore[lost-exception]", False),
        ("# trueloop: ignore", False),
        ("# ignore[blocked-loop]", False),
    ],
)
def test_comment_on_the_line_silences_it(comment, covered, tmp_path, make_finding):
    path = tmp_path / "jobs.py"
    path.write_text(f"import time\ntime.sleep(1)  {comment}\n")
    linecache.checkcache()
    silencing = Silencing(None)

    assert silencing.covers(make_finding(where=Place(str(path), 2, "run"))) is covered
    assert not silencing.covers(make_finding(where=Place(str(path), 1, "run")))


@pytest.mark.parametrize("kind", KINDS)
def test_each_kind_can_be_silenced_in_all_three_ways(kind, tmp_path, make_finding):
    path = tmp_path / "jobs.py"
    path.write_text(f"run()\nrun()  # trueloop: ignore[{kind}]\n")
    (tmp_path / "pyproject.toml").write_text(f'[tool.trueloop]\nignore = ["{kind}"]\n')
    plain = make_finding(kind, where=Place(str(path), 1, "f"))
    commented = make_finding(kind, where=Place(str(path), 2, "f"))
    by_call, by_project, by_comment = Silencing(None), Silencing(str(tmp_path)), Silencing(None)
    by_call.add(Rule(kind, "jobs.py", "f"))

    assert by_call.covers(plain)
    assert by_project.covers(plain)
    assert by_comment.covers(commented)
    assert not by_comment.covers(plain)
