"""Accounting: what a loop that was held was at meanwhile, in numbers and in words.

Law: arithmetic over a Stall, and the source lines it names; judges nobody. Says only what is known:
where the watch could not tell, there is no word for it.
"""

from __future__ import annotations

import ast
import dis
import functools
import threading
from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from trueloop.diagnostics import source, syntax
from trueloop.diagnostics.finding import Related
from trueloop.diagnostics.places import Place, foremost

if TYPE_CHECKING:
    from trueloop.diagnostics.stall import Held, Holder, Sample, Stall

_MOST = 0.5  # of the time: what took that much is named
_NEARLY_ALL = 0.9  # and then without a "mostly"
_NOTABLE = 0.2  # of the time that is not the step's own
_MOST_LINES = 20  # of a call, and
_LONGEST_EXPRESSION = 1000  # bytes
_LONGEST_NAME = 60


class Account(NamedTuple):
    """Where the time of one stall went.

    Attributes:
        mostly: what took the larger part, one of stall.DOINGS; "" if nothing did, or it is unknown.
        words: that, as a part of a sentence; "" if there is nothing to say.
        details: for Finding.details.
        related: other threads' lines that had a part in it.
    """

    mostly: str
    words: str
    details: dict[str, float | str]
    related: tuple[Related, ...]


def account_of(stall: Stall, held: Held | None, duration_s: float) -> Account:
    """Where the time of a stall of this duration went, most of it at the line `held`."""
    spent_s = _spent_s(stall)
    mostly = mostly_at(stall, duration_s)
    details: dict[str, float | str] = {}
    if mostly:
        details["mostly"] = mostly
    if stall.calls and stall.syscall_s > 0:
        details["syscall"] = max(stall.calls, key=lambda call: call.held_s).name
    function = _c_function(stall, held) if stall.c_s > 0 else None
    if function is not None:
        details["c_function"] = function
    details |= {f"{name}_s": round(seconds, 6) for name, seconds in spent_s.items()}
    details["cpu_s"] = round(stall.cpu_s, 6)
    words = _words(mostly, details)
    if words and spent_s[mostly] < _NEARLY_ALL * _at_work_s(stall, duration_s):
        words = f"mostly {words}"
    return Account(mostly, words, details, _holders(stall))


def mostly_at(stall: Stall, duration_s: float) -> str:
    """What took more than half of the time in which there was a processor: see Account.mostly."""
    spent_s = _spent_s(stall)
    mostly = max(spent_s, key=spent_s.__getitem__)
    return mostly if spent_s[mostly] >= _MOST * _at_work_s(stall, duration_s) > 0 else ""


def _spent_s(stall: Stall) -> dict[str, float]:
    return {
        "python": stall.python_s,
        "c": stall.c_s,
        "gc": stall.gc_s,
        "syscall": stall.syscall_s,
        "gil": stall.gil_s,
    }


def _at_work_s(stall: Stall, duration_s: float) -> float:
    return duration_s - max(stall.starved_s, stall.watch_late_s)


def _words(mostly: str, details: dict[str, float | str]) -> str:
    match mostly:
        case "python":
            return "computing in Python"
        case "c":
            name = details.get("c_function")
            return f"in C code ({name})" if name else "in C code"
        case "gc":
            return "collecting garbage"
        case "syscall":
            name = details.get("syscall")
            return f"in the system call {name}" if name else "in system calls"
    return ""


def _c_function(stall: Stall, held: Held | None) -> str | None:
    """What the line that was held called that ended in C code, as its source has it."""
    names: Counter[str] = Counter()
    for sample in stall.samples:
        if sample.doing == "c" and held is not None:
            name = _callee(sample, held.where)
            if name is not None:
                names[name] += 1
    return names.most_common(1)[0][0] if names else None


def _callee(sample: Sample, where: Place) -> str | None:
    """What the frame at `where` calls in this sample; None if it is not there, or calls nothing.

    Not every instruction of a line with a call is the call: what it gave may be destroyed there.
    """
    for depth, frame in enumerate(sample.frames[: len(sample.spans)]):
        if Place(*frame) == where:
            is_call = depth > 0 or sample.opcode in _calls()
            return _called(frame.file, frame.line, sample.spans[depth]) if is_call else None
    return None


def _called(file: str, line: int, span: tuple[int, int, int]) -> str | None:
    """The function of the call that stands in this part of a file; None if it is something else.

    Parsed is only the expression itself: no long file is read again and again.
    """
    column, more_lines, end = span
    if column < 0 or end < 0 or not 0 <= more_lines <= _MOST_LINES or not line:
        return None
    lines = [source.line(file, line + more).encode() for more in range(more_lines + 1)]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][column:]
    text = b"".join(lines)
    tree = syntax.tree_of(b"(" + text[:_LONGEST_EXPRESSION] + b")", mode="eval")
    expression = tree.body if isinstance(tree, ast.Expression) else None
    if not isinstance(expression, ast.Call):
        return None
    name = ast.unparse(expression.func)
    return f"{name}()" if len(name) <= _LONGEST_NAME and name.isprintable() else None


@functools.cache
def _calls() -> frozenset[int]:
    """The opcodes that call something, specialised ones included."""
    names: dict[str, int] = getattr(dis, "_all_opmap", dis.opmap)
    return frozenset(number for name, number in names.items() if "CALL" in name)


def of_others(stall: Stall, duration_s: float) -> str:
    """What to say of time that was not the step's own; may be nothing. Begins a sentence."""
    said = ""
    starved_s = max(stall.starved_s, stall.watch_late_s)
    if starved_s >= _MOST * duration_s:
        said += f". For {starved_s:.2g} s of it there was no processor for it"
    if stall.holders and stall.gil_s >= _NOTABLE * duration_s:
        name = thread_name(longest_holder(stall).ident)
        who = "another thread" if name is None else f"the thread {name}"
        said += f". For {stall.gil_s:.2g} s of it {who} had the interpreter's lock"
    return said


def _holders(stall: Stall) -> tuple[Related, ...]:
    """The line of another thread that had the interpreter's lock for most of the wait for it."""
    if not stall.holders or stall.gil_s <= 0:
        return ()
    place = foremost(Place(*frame) for frame in longest_holder(stall).frames)
    return () if place is None else (Related("had the interpreter's lock", place),)


def longest_holder(stall: Stall) -> Holder:
    """The thread, at one line of it, that kept the GIL from the loop's for longest."""
    return max(stall.holders, key=lambda holder: holder.held_s)


def thread_name(ident: int) -> str | None:
    """The name that the program gave the thread; None if it is not Python's, or gone."""
    return next((each.name for each in threading.enumerate() if each.ident == ident), None)
