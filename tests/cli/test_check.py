"""`trueloop check` shows what ruff says of asyncio code as findings, and ends as ruff would."""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import textwrap

import pytest

from trueloop.cli import check, ruff
from trueloop.cli.enclosing import Functions
from trueloop.diagnostics import KINDS

PROGRAM = """\
import asyncio
import time


class Api:
    async def handler(self):
        time.sleep(1)


async def poll():
    while True:
        await asyncio.sleep(1)
"""
RUFF = """\
import json, os, sys
with open(os.environ["ASKED"], "w") as file:
    json.dump(sys.argv[1:], file)
sys.stderr.write(os.environ.get("COMPLAINT", ""))
print(os.environ["ANSWER"])
sys.exit(int(os.environ.get("STATUS", "0")))
"""


def result(code, row, *, file, name="a-rule", message="It is so.", fix=None):
    """One of ruff's results."""
    return {
        "code": code,
        "name": name,
        "filename": str(file),
        "message": message,
        "location": {"row": row, "column": 9},
        "end_location": {"row": row, "column": 22},
        "fix": fix and {"message": fix, "edits": []},
        "url": code and f"https://example.org/{name}",
    }


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "program.py"
    path.write_text(PROGRAM)
    return path


@pytest.fixture
def run(tmp_path):
    """run(results, *options, status=0): a check for which a ruff of our own gives the results."""
    (tmp_path / "fake" / "ruff").mkdir(parents=True)
    (tmp_path / "fake" / "ruff" / "__main__.py").write_text(RUFF)
    (tmp_path / "fake" / "ruff" / "__init__.py").write_text("")

    def run(results, *options, **environment):
        answer = results if isinstance(results, str) else json.dumps(results)
        return subprocess.run(
            [sys.executable, "-m", "trueloop", "check", *options],
            cwd=tmp_path,
            env={
                **os.environ,
                "PYTHONPATH": str(tmp_path / "fake"),
                "ASKED": str(tmp_path / "asked"),
                "ANSWER": answer,
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    return run


def test_result_is_shown_as_a_finding(run, program):
    done = run([result("ASYNC251", 7, file=program, message="No `time.sleep`")], "program.py")

    assert done.stdout == textwrap.dedent(
        """\
        trueloop: error[ASYNC251]: No `time.sleep`
          --> program.py:7 in Api.handler
            |
          5 | class Api:
          6 |     async def handler(self):
        > 7 |         time.sleep(1)
            |
            = hint: Use `await asyncio.sleep(...)`.
            = docs: https://example.org/a-rule

        trueloop: 1 finding: 1 ASYNC251
        """
    )
    assert done.stderr == ""
    assert done.returncode == 1


def test_ruff_is_asked_for_every_rule_about_asyncio(run, program, tmp_path):
    run([], "program.py", str(tmp_path))

    asked = json.loads((tmp_path / "asked").read_text())
    assert asked[0] == "check"
    assert {"--select=ASYNC", "--preview", "--no-fix", "--output-format=json"} <= set(asked)
    assert asked[-3:] == ["--", "program.py", str(tmp_path)]
    run([])
    assert json.loads((tmp_path / "asked").read_text())[-1] == "."


def test_clean_code_is_said_to_be_clean(run):
    done = run([])

    assert (done.stdout, done.stderr, done.returncode) == ("trueloop: no findings\n", "", 0)


def test_json_has_the_form_of_a_report(run, program):
    done = run([result("ASYNC230", 7, file=program, fix="Do that")], "--format=json")

    (finding,) = [json.loads(line) for line in done.stdout.splitlines()]
    assert finding.pop("time") > 1_700_000_000
    assert finding == {
        "kind": "ASYNC230",
        "severity": "warning",
        "message": "It is so",
        "hint": "Do that.",
        "count": 1,
        "task": None,
        "where": {"file": str(program), "line": 7, "function": "Api.handler"},
        "stack": [],
        "related": [],
        "details": {
            "rule": "a-rule",
            "column": 9,
            "end_line": 7,
            "end_column": 22,
            "docs": "https://example.org/a-rule",
            "at_run_time": "blocked-loop",
        },
    }


def test_output_may_go_to_a_file(run, program, tmp_path):
    done = run([result("ASYNC110", 11, file=program)], "--format", "sarif", "--output", "out.sarif")

    assert (done.stdout, done.stderr) == ("", "")
    (found,) = json.loads((tmp_path / "out.sarif").read_text())["runs"][0]["results"]
    assert found["ruleId"] == "ASYNC110"
    assert found["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "program.py"},
        "region": {"startLine": 11, "startColumn": 9, "endLine": 11, "endColumn": 22},
    }


@pytest.mark.parametrize(
    ("code", "options", "status"),
    [
        ("ASYNC251", [], 1),
        ("ASYNC110", [], 1),
        ("ASYNC251", ["--fail-on", "error"], 1),
        ("ASYNC110", ["--fail-on", "error"], 0),
        (None, ["--fail-on", "error"], 1),
    ],
)
def test_exit_status_says_whether_there_is_something(run, program, code, options, status):
    assert run([result(code, 7, file=program)], *options).returncode == status


def test_what_cannot_be_parsed_is_an_error(run, tmp_path):
    (tmp_path / "broken.py").write_text("def f(:\n")
    found = result(None, 1, file=tmp_path / "broken.py", name="invalid-syntax")

    shown = run([found]).stdout
    assert shown.startswith("trueloop: error[invalid-syntax]: It is so\n  --> broken.py:1 in")
    assert "docs:" not in shown


@pytest.mark.parametrize("kind", ["ASYNC251", "blocked-loop"])
def test_comment_silences_the_rule_and_what_it_causes(run, program, kind):
    commented = PROGRAM.replace("time.sleep(1)", f"time.sleep(1)  # trueloop: ignore[{kind}]")
    program.write_text(commented)

    done = run([result("ASYNC251", 7, file=program), result("ASYNC110", 11, file=program)])

    assert "ASYNC251" not in done.stdout
    assert done.stdout.endswith("trueloop: 1 finding: 1 ASYNC110; 1 more silenced\n")


@pytest.mark.parametrize("kind", ["ASYNC251", "blocked-loop"])
def test_project_silences_rules_as_it_does_kinds(run, program, tmp_path, kind):
    (tmp_path / "pyproject.toml").write_text(f'[tool.trueloop]\nignore = ["{kind}"]\n')

    done = run([result("ASYNC251", 7, file=program)])

    assert done.stdout == "trueloop: no findings; 1 more silenced\n"
    assert done.returncode == 0


@pytest.mark.parametrize(
    ("answer", "environment", "problem"),
    [
        ([], {"STATUS": "2", "COMPLAINT": "ruff.toml is broken"}, "ruff.toml is broken"),
        ([], {"STATUS": "2"}, "ruff ended with status 2"),
        ("nonsense", {}, "ruff's answer is not JSON"),
    ],
)
def test_failing_ruff_is_explained(run, answer, environment, problem):
    done = run(answer, **environment)

    assert done.stderr == f"trueloop check: error: {problem}\n"
    assert (done.stdout, done.returncode) == ("", 2)


def test_warnings_of_ruff_are_passed_on(run):
    assert run([], COMPLAINT="warning: careful").stderr == "warning: careful\n"


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["missing.py"], "error: missing.py: No such file or directory"),
        (["--output", "no/such/file"], "error: no/such/file: No such file or directory"),
        (["--format", "xml"], "invalid choice"),
    ],
)
def test_misuse_is_explained(run, options, problem):
    done = run([], *options)

    assert problem in done.stderr
    assert done.returncode == 2


def test_missing_ruff_is_explained(monkeypatch, capsys):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(shutil, "which", lambda name: None)

    assert check.main(["."]) == 2
    assert capsys.readouterr().err == (
        "trueloop check: error: ruff is not installed; "
        "install it with: pip install 'trueloop[check]'\n"
    )


def test_ruff_on_the_path_is_the_second_choice(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: f"/opt/bin/{name}")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert ruff.command() == ["/opt/bin/ruff"]

    monkeypatch.setattr(importlib.util, "find_spec", lambda name: object())
    assert ruff.command() == [sys.executable, "-m", "ruff"]


@pytest.mark.skipif(importlib.util.find_spec("ruff") is None, reason="ruff is not installed here")
def test_ruff_itself_understands_the_question(program, tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "trueloop", "check", "--format", "json", "program.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(each["kind"], each["where"]["line"]) for each in found] == [
        ("ASYNC251", 7),
        ("ASYNC110", 11),
    ]
    assert done.returncode == 1


def test_rules_are_tied_to_kinds_that_exist():
    assert set(check._AT_RUN_TIME.values()) <= set(KINDS)


def test_functions_are_named_as_python_names_them(tmp_path):
    path = tmp_path / "nested.py"
    path.write_text(
        "x = 1\n"
        "class A:\n"
        "    def f(self):\n"
        "        async def g():\n"
        "            pass\n"
        "        return g\n"
        "    y = 2\n"
    )
    functions = Functions(str(path))

    names = [functions.around(line) for line in range(1, 8)]
    assert names == ["<module>", "A", "A.f", *["A.f.<locals>.g"] * 2, "A.f", "A"]
    assert Functions(str(tmp_path / "missing.py")).around(1) == "<module>"
