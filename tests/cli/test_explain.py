"""`trueloop explain` and `trueloop kinds` say what the kinds of findings are."""

import re
import subprocess
import sys

import pytest

from tests.diagnostics.pages import FOLDER, PAGES
from trueloop.cli import explain, ruff
from trueloop.cli.command import main
from trueloop.cli.kinds import IN_SHORT
from trueloop.diagnostics import KINDS


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_page_is_printed_as_it_is_written(page):
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "explain", page.stem],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == page.read_text()


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("blocked", "there is no kind 'blocked'; did you mean blocked-loop?"),
        ("xyz", "there is no kind 'xyz' ("),
        ("../README", "there is no kind '../README' ("),
    ],
)
def test_unknown_kind_is_refused(kind, problem, capsys):
    assert main(["explain", kind]) == 2
    assert problem in capsys.readouterr().err


def test_missing_page_is_admitted(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(explain, "_FOLDERS", (tmp_path,))

    assert main(["explain", "deadlock"]) == 2
    assert "the page about deadlock is not installed" in capsys.readouterr().err


def test_rule_is_explained_by_ruff_itself(monkeypatch, capfd):
    command = [sys.executable, "-c", "import sys; print(sys.argv[1:])"]
    monkeypatch.setattr(ruff, "command", lambda: command)

    assert main(["explain", "ASYNC251"]) == 0
    assert capfd.readouterr().out == "['rule', 'ASYNC251']\n"


def test_rule_without_ruff_is_not_explained(monkeypatch, capsys):
    def missing():
        raise ruff.NoRuff("ruff is not installed")

    monkeypatch.setattr(ruff, "command", missing)

    assert main(["explain", "ASYNC251"]) == 2
    assert capsys.readouterr().err == "trueloop explain: error: ruff is not installed\n"


def test_kinds_are_listed_in_a_few_words(capsys):
    assert main(["kinds"]) == 0

    listed = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert tuple(listed) == KINDS
    assert listed == IN_SHORT


def test_the_index_of_the_pages_uses_the_same_words():
    rows = re.findall(r"^\| \[?`([\w-]+)`.*?\| (.*) \|$", (FOLDER / "README.md").read_text(), re.M)

    assert [row for row in rows if row[0] in KINDS] == list(IN_SHORT.items())
