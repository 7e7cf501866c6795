"""A finding's text shows the guilty line among its neighbours, and what led there."""

import os

import pytest

from trueloop.diagnostics import Place, Related, Severity, source, text
from trueloop.diagnostics.terminal import Pen
from trueloop.diagnostics.text import as_text

PROGRAM = """\
import time


def run():
    first = 1
    time.sleep(first)
    return first


def start():
    run()
"""


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "jobs.py"
    path.write_text(PROGRAM)
    return str(path)


def shown(finding, program):
    """The text, without the directory of the program."""
    return as_text(finding).replace(f"{os.path.dirname(program)}/", "").splitlines()


def test_guilty_line_is_marked_among_its_neighbours(program, make_finding):
    where = Place(program, 6, "run")
    finding = make_finding(
        where=where,
        count=10,
        stack=(Place(os.__file__, 1, "sleep"), where, Place(program, 11, "start")),
        related=(Related("created", Place(program, 4, "<module>")),),
    )

    assert shown(finding, program) == [
        "trueloop: error[blocked-loop]: it happened (seen 10 times)",
        "   --> jobs.py:6 in run",
        "     |",
        "   4 | def run():",
        "   5 |     first = 1",
        ">  6 |     time.sleep(first)",
        "   7 |     return first",
        "     |",
        "   ::: called from: jobs.py:11 in start",
        "  11 |     run()",
        "   ::: created: jobs.py:4 in <module>",
        "   4 |     def run():",
        "     |",
        "     = hint: Do not let it happen.",
        "     = docs: trueloop explain blocked-loop",
    ]


def test_blank_lines_at_the_ends_are_left_off(program, make_finding):
    finding = make_finding(where=Place(program, 4, "run"), severity=Severity.WARNING)

    assert shown(finding, program)[:6] == [
        "trueloop: warning[blocked-loop]: it happened",
        "  --> jobs.py:4 in run",
        "    |",
        "> 4 | def run():",
        "  5 |     first = 1",
        "    |",
    ]


@pytest.mark.parametrize("place", [("missing.py", 3), ("jobs.py", 99), ("jobs.py", 0)])
def test_source_that_cannot_be_had_is_left_out(place, program, make_finding):
    where = Place(os.path.join(os.path.dirname(program), place[0]), place[1], "run")

    assert shown(make_finding(where=where), program) == [
        "trueloop: error[blocked-loop]: it happened",
        f"{' ' * 2}--> {place[0]}:{place[1]} in run",
        "    |",
        "    = hint: Do not let it happen.",
        "    = docs: trueloop explain blocked-loop",
    ]


def test_text_without_a_place_is_short(make_finding):
    assert as_text(make_finding(where=None)).splitlines() == [
        "trueloop: error[blocked-loop]: it happened",
        "    = hint: Do not let it happen.",
        "    = docs: trueloop explain blocked-loop",
    ]


def test_page_of_a_finding_from_elsewhere_is_named(make_finding):
    finding = make_finding(where=None, details={"docs": "https://example.org/rule"})

    assert as_text(finding).endswith("= docs: https://example.org/rule\n")


def test_crowd_of_related_places_is_cut(program, make_finding):
    place = Place(program, 99, "run")
    crowd = [Related("awaits", place._replace(function=f"f{number}")) for number in range(100)]
    finding = make_finding(where=None, related=tuple(crowd))

    assert as_text(finding).count("awaits: ") == 12
    assert "::: and 88 more\n" in as_text(finding)


def test_places_that_are_the_same_are_shown_once(program, make_finding):
    where = Place(program, 6, "run")
    finding = make_finding(
        where=where,
        stack=(where, where._replace(function="<listcomp>"), Place(program, 11, "start")),
        related=(Related("awaits", Place(program, 99, "f")),) * 3,
    )

    assert [line for line in shown(finding, program) if ":::" in line] == [
        "   ::: called from: jobs.py:11 in start",
        "   ::: awaits: jobs.py:99 in f (3 times)",
    ]


def test_file_below_the_start_directory_is_shown_relative_to_it(monkeypatch):
    monkeypatch.setattr(text, "_START", "/srv/app/")
    assert text.relative("/srv/app/jobs/daily.py") == "jobs/daily.py"
    assert text.relative("/srv/application.py") == "/srv/application.py"
    monkeypatch.setattr(text, "_START", "/")
    assert text.relative("/srv/app/jobs.py") == "/srv/app/jobs.py"


def test_no_control_character_reaches_the_terminal(tmp_path, make_finding):
    path = tmp_path / "evil\x1b[2J.py"
    path.write_text("x = '\x1b]0;title\x07'\n")
    finding = make_finding(
        where=Place(str(path), 1, "f\rg"),
        message="it\x1b[31m said\ntwo\x9blines",
        hint="a\tb",
        related=(Related("cre\x08ated", Place("x.py", 1, "f")),),
    )

    lines = as_text(finding).splitlines()
    assert lines[0] == "trueloop: error[blocked-loop]: it\\x1b[31m said"
    assert lines[1] == "    two\\x9blines"
    assert lines[4] == "> 1 | x = '\\x1b]0;title\\x07'"
    assert not any(ord(c) < 32 for line in lines for c in line)


def test_tabs_are_blanks_and_long_lines_are_cut(tmp_path, make_finding):
    path = tmp_path / "generated.py"
    path.write_text("\tx =\t" + "1" * 200 + "\n")

    line = as_text(make_finding(where=Place(str(path), 1, "f"))).splitlines()[3]
    assert line == "> 1 |     x = " + "1" * 109 + "..."
    assert len(line) == len("> 1 | ") + 120


def test_colours_are_around_the_same_text(program, make_finding):
    finding = make_finding(where=Place(program, 6, "run"))
    coloured = as_text(finding, Pen(coloured=True))

    assert "\x1b[1;31merror[blocked-loop]\x1b[0m" in coloured
    plain = coloured
    for code in ("\x1b[0m", "\x1b[1;31m", "\x1b[1m", "\x1b[34m", "\x1b[36m"):
        plain = plain.replace(code, "")
    assert plain == as_text(finding)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe broken", b"# coding: no-such-codec\nx\n", b"x\x00y\n" * 3]
)
def test_source_that_is_no_text_does_no_harm(content, tmp_path, make_finding):
    path = tmp_path / "binary.py"
    path.write_bytes(content)

    assert "it happened" in as_text(make_finding(where=Place(str(path), 1, "f")))


def test_other_encodings_are_read_as_declared(tmp_path):
    path = tmp_path / "old.py"
    path.write_bytes("# coding: latin-1\nname = 'zwölf'\n".encode("latin-1"))

    assert source.line(str(path), 2) == "name = 'zwölf'"


def test_pipe_and_huge_file_are_not_read(tmp_path):
    pipe, huge = tmp_path / "pipe.py", tmp_path / "huge.py"
    os.mkfifo(pipe)
    with huge.open("wb") as file:
        file.truncate(100 * 1024 * 1024)

    assert source.line(str(pipe), 1) == source.line(str(huge), 1) == ""


def test_name_that_is_no_file_does_no_harm():
    assert source.line("<string>", 1) == source.line("a\0b.py", 1) == source.line("", 1) == ""
