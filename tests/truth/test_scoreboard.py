"""The scoreboard is fair: what counts as found, as located, as an accusation, and what does not."""

from pathlib import Path

import pytest

from benchmarks.truth import corpus, recognition
from benchmarks.truth.corpus import Bug, Case
from benchmarks.truth.judgement import Verdict, judge
from benchmarks.truth.recognition import Claim
from benchmarks.truth.scores import Score, Scores
from benchmarks.truth.tables import kinds_table, together, tools_table

PROGRAM = Path("/srv/corpus/program.py")


def remark(text, *lines, source="log asyncio"):
    return {"source": source, "text": text, "frames": [[str(PROGRAM), line] for line in lines]}


def case(*bugs, allowed=()):
    return Case(PROGRAM, tuple(Bug(kind, frozenset(lines)) for kind, lines in bugs), set(allowed))


def test_headers_of_an_outside_corpus_are_read(tmp_path):
    (tmp_path / "a.py").write_text(
        "# expect: deadlock line=7|9-11\n"
        "# expect: never-awaited lines=3-4\n"
        "# allow: stranded-task\n"
    )

    (read,) = corpus.read(tmp_path)

    assert read.bugs == (
        Bug("deadlock", frozenset({7, 9, 10, 11})),
        Bug("never-awaited", frozenset({3, 4})),
    )
    assert read.allowed == {"stranded-task"}


def test_comments_on_guilty_lines_are_read(tmp_path):
    (tmp_path / "a.py").write_text("x = 1\ny = 2  # finding: deadlock, lost-exception\n")
    (tmp_path / "clean_b.py").write_text("x = 1\n")

    first, second = corpus.read(tmp_path)

    assert {bug.kind for bug in first.bugs} == {"deadlock", "lost-exception"}
    assert all(bug.lines == {2} for bug in first.bugs)
    assert second.bugs == ()


def test_an_unknown_kind_is_an_error(tmp_path):
    (tmp_path / "a.py").write_text("# expect: bad-luck line=1\n")

    with pytest.raises(ValueError, match="bad-luck is no kind"):
        corpus.read(tmp_path)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("RuntimeWarning: coroutine 'main.<locals>.f' was never awaited", "never-awaited"),
        ("Task exception was never retrieved\nfuture: <Task finished>", "lost-exception"),
        ("Executing <Task finished name='Task-2' coro=<f()>> took 0.304 seconds", "blocked-loop"),
        ("Task was destroyed but it is pending!", "stranded-task"),
        ("Non-thread-safe operation invoked on an event loop", "wrong-thread"),
        ("Detected 1 leaked asyncio tasks", "abandoned-task"),
        ("Blocking call to time.sleep", "blocked-loop"),
    ],
)
def test_what_tools_say_is_recognised(text, kind):
    assert kind in recognition.of_remark(remark(text, 3), PROGRAM).kinds


def test_the_programs_own_failure_is_no_claim():
    failure = remark("Traceback ...\nKeyError: 'no such user'", 3, source="uncaught")

    assert recognition.of_remark(failure, PROGRAM) is None


def test_a_failure_by_which_asyncio_speaks_is_a_claim():
    failure = remark("RuntimeError: Task cannot await on itself: ...", 3, source="uncaught")

    assert recognition.of_remark(failure, PROGRAM).kinds == {"circular-await"}


def test_lines_of_other_files_do_not_count():
    said = remark("Task exception was never retrieved", 3)
    said["frames"].append(["/usr/lib/python3/asyncio/tasks.py", 500])

    assert recognition.of_remark(said, PROGRAM).lines == {3}


@pytest.mark.parametrize(
    ("code", "kind"),
    [("ASYNC251", "blocked-loop"), ("ASYNC103", "swallowed-cancellation"), ("ASYNC109", None)],
)
def test_codes_of_linters_stand_for_what_they_warn_of(code, kind):
    claim = recognition.of_code(code, 7, "do not")

    assert kind in claim.kinds if kind else not claim.kinds
    assert claim.lines == {7}


def test_a_bug_is_found_by_kind_and_located_by_line():
    claims = [Claim(frozenset({"deadlock", "stranded-task"}), frozenset({4, 9}), "stuck")]

    assert judge(case(("deadlock", {9})), claims) == Verdict(["deadlock"], [True], [True])
    assert judge(case(("deadlock", {8})), claims) == Verdict(["deadlock"], [True], [False])
    missed = judge(case(("wrong-thread", {9})), claims)
    assert (missed.found, missed.others) == ([False], 1)


def test_any_claim_about_a_clean_program_is_an_accusation():
    assert judge(case(), [Claim(frozenset(), frozenset(), "hm")]).accused == 1


def test_what_one_may_differ_about_is_not_counted():
    claims = [Claim(frozenset({"abandoned-task"}), frozenset({2}), "left")]

    assert judge(case(("deadlock", {9}), allowed=["abandoned-task"]), claims).others == 0


@pytest.fixture
def scores():
    bug = ["deadlock"]
    tools = {
        "trueloop": Score("0.1", {"a": Verdict(bug, [True], [True]), "b": Verdict()}, [0.5]),
        "asyncio": Score("3.13", {"a": Verdict(bug, [False], [False]), "b": Verdict()}, [1.0]),
        "pyleak": Score("0.2", {"a": Verdict(bug, [True], [False]), "b": Verdict(accused=2)}),
    }
    machine = {"cpu": "a CPU", "cpus": 2, "kernel": "6.1", "libc": "glibc 2.36"}
    return Scores("examples", "3.13.0", machine, tools)


def test_the_table_says_who_found_what(scores):
    lines = tools_table(scores).splitlines()

    assert [cell.strip() for cell in lines[2].split("|")[1:-1]] == [
        *("trueloop 0.1", "1 of 1", "1", "0 of 1", "0", "0.50")
    ]
    assert [cell.strip() for cell in lines[4].split("|")[1:-1]] == [
        *("pyleak 0.2", "1 of 1", "0", "1 of 1", "0", "-")
    ]
    assert lines[5].startswith("| all others together |     1 of 1 |          0 |")
    assert "deadlock" in kinds_table(scores)


def test_together_tools_have_what_the_best_of_them_has(scores):
    others = [scores.tools["asyncio"], scores.tools["pyleak"]]

    assert list(together(others)) == [("a", 0, "deadlock", True, False)]


def test_scores_survive_the_file(scores, tmp_path):
    scores.save(tmp_path / "scores.json")

    assert Scores.load(tmp_path / "scores.json") == scores
