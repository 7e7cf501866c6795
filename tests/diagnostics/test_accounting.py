"""Where the time of a stall went is told in words that are true, and in numbers."""

import asyncio
import dis
import gc
import json
import threading
import time

import pytest

import trueloop
from tests.diagnostics.recorded import STALL
from trueloop.diagnostics.accounting import account_of, of_others
from trueloop.diagnostics.places import Place
from trueloop.diagnostics.stall import Call, Frame, Held, Holder, Sample

SOURCE = """\
def f(rows):
    return json.dumps({"rows": rows}).encode()
    return json.dumps(
        rows,
    )
    return rows * rows
    return (yield)(rows)
"""
CALL = dis.opmap["CALL"]


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "jobs.py"
    path.write_text(SOURCE)
    return str(path)


def account(duration_s=1.0, **changes):
    return account_of(STALL._replace(**changes), None, duration_s)


@pytest.mark.parametrize(
    ("changes", "mostly", "words"),
    [
        ({}, "", ""),
        ({"python_s": 0.95}, "python", "computing in Python"),
        ({"python_s": 0.6, "syscall_s": 0.4}, "python", "mostly computing in Python"),
        ({"c_s": 1.0}, "c", "in C code"),
        ({"gc_s": 1.0}, "gc", "collecting garbage"),
        ({"syscall_s": 1.0}, "syscall", "in system calls"),
        (
            {"syscall_s": 1.0, "calls": (Call("read", 0.1), Call("poll", 0.8))},
            "syscall",
            "in the system call poll",
        ),
        ({"gil_s": 0.6, "python_s": 0.4}, "gil", ""),
        ({"python_s": 0.4, "c_s": 0.3, "syscall_s": 0.3}, "", ""),
        ({"python_s": 0.3, "starved_s": 0.7}, "python", "computing in Python"),
    ],
)
def test_what_took_more_than_half_is_named(changes, mostly, words):
    found = account(**changes)

    assert (found.mostly, found.words) == (mostly, words)
    assert found.details.get("mostly", "") == mostly


def test_numbers_are_all_there():
    found = account(python_s=0.1, c_s=0.2, gc_s=0.3, syscall_s=0.25, gil_s=0.15, cpu_s=0.6)

    assert found.details == {
        "python_s": 0.1,
        "c_s": 0.2,
        "gc_s": 0.3,
        "syscall_s": 0.25,
        "gil_s": 0.15,
        "cpu_s": 0.6,
    }


def in_c(path, line, span, opcode=CALL, inner=()):
    """A stall in C code, called at this part of the line."""
    frame = Frame(path, line, "f")
    frames = (*inner, frame)
    seen = Sample(0.5, frames, False, "c", ((-1, 0, -1),) * len(inner) + (span,), opcode)
    held = Held(Place(*frame), (Place(*frame),), 1.0)
    return account_of(STALL._replace(samples=(seen,) * 3, c_s=1.0), held, 1.0)


def test_call_that_ended_in_c_code_is_named(path):
    assert in_c(path, 2, (11, 0, 37)).words == "in C code (json.dumps())"
    assert in_c(path, 2, (11, 0, 46)).details["c_function"].endswith(".encode()")


def test_call_over_several_lines_is_named(path):
    assert in_c(path, 3, (11, 2, 5)).words == "in C code (json.dumps())"


def test_call_further_out_is_named_if_that_is_the_developer_s_line(path):
    inner = (Frame(json.__file__, 1, "dumps"),)

    assert in_c(path, 2, (11, 0, 37), opcode=-1, inner=inner).words == "in C code (json.dumps())"


@pytest.mark.parametrize(
    ("line", "span", "opcode"),
    [
        (6, (11, 0, 22), CALL),
        (2, (11, 0, 37), dis.opmap["POP_TOP"]),
        (2, (-1, 0, -1), CALL),
        (2, (11, 99, 37), CALL),
        (2, (12, 0, 36), CALL),
        (99, (0, 0, 4), CALL),
    ],
    ids=["no call", "after the call", "no columns", "too long", "no expression", "no line"],
)
def test_what_is_no_call_has_no_name(line, span, opcode, path):
    assert in_c(path, line, span, opcode).words == "in C code"


def test_other_thread_that_had_the_lock_is_named_with_its_line():
    here = Frame("/srv/app/jobs.py", 3, "crunch")
    wait = Frame(threading.__file__, 1, "run")
    holders = (
        Holder(threading.get_ident(), 0.5, (here, wait)),
        Holder(1, 0.1, (wait,)),
    )
    seen = STALL._replace(gil_s=0.6, holders=holders)

    (related,) = account_of(seen, None, 1.0).related
    assert (related.role, related.place) == ("had the interpreter's lock", Place(*here))
    assert of_others(seen, 1.0) == (
        f". For 0.6 s of it the thread {threading.current_thread().name} had the interpreter's lock"
    )


def test_little_time_of_others_is_not_worth_a_word():
    assert of_others(STALL._replace(gil_s=0.1, starved_s=0.4), 1.0) == ""


def test_time_without_a_processor_is_told_if_it_is_most():
    assert of_others(STALL._replace(starved_s=0.6), 1.0) == (
        ". For 0.6 s of it there was no processor for it"
    )


def findings_of(collected, step):
    async def main():
        await asyncio.sleep(0)
        step()

    trueloop.run(main())
    return [found for found in collected if found.kind == "blocked-loop"]


def test_sleep_in_a_running_loop_is_a_system_call(collected):
    (finding,) = findings_of(collected, lambda: time.sleep(0.3))

    assert finding.details["mostly"] == "syscall"


def test_garbage_in_a_running_loop_is_blamed_instead_of_the_line(collected):
    heap = [[number] for number in range(600_000)]

    def collect():
        end_s = time.thread_time() + 0.3
        while time.thread_time() < end_s:
            gc.collect()

    (finding,) = findings_of(collected, collect)

    assert finding.details["mostly"] == "gc"
    assert finding.message.startswith("a collection of garbage in ")
    assert "gc.freeze()" in finding.hint
    assert len(heap) == 600_000


def test_stalls_at_one_line_add_up(collected):
    def block():
        time.sleep(0.2)

    findings_of(collected, block)
    seen = []
    trueloop.diagnostics.ledger.clear()
    findings_of(collected, block)
    seen = collected[-1].details

    assert seen["total_s"] >= 0.4
    assert 0.2 <= seen["worst_s"] < seen["total_s"]
