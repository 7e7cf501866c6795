"""Calls: which call in a function made the object that the function has just dropped.

Law: reads bytecode and its positions, never source; knows nothing of coroutines and findings. It
claims a line only if the instruction at which the object died leaves no other, and says None
otherwise.
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from types import CodeType, FrameType

_CALLS = ("CALL", "CALL_KW", "CALL_FUNCTION_EX")
_MOST_ANSWERS = 500


class Span(NamedTuple):
    """A stretch of source: from (line, column) up to, not including, (line, column)."""

    begin: tuple[int, int]
    end: tuple[int, int]

    def holds(self, other: Span) -> bool:
        """Whether `other` lies inside, or is the same."""
        return self.begin <= other.begin and other.end <= self.end


class Call(NamedTuple):
    """One call in the source of a function.

    Attributes:
        span: the whole of it, with its arguments.
        name: the last name in what is called: `save` in `self.db.save(row)`.
        awaited: its value goes straight into an `await`.
    """

    span: Span
    name: str
    awaited: bool


# (code, instruction, name) -> line. Code objects live as long as their functions, mostly for ever.
_answers: dict[tuple[CodeType, int, str], int | None] = {}


def dropped_here(frame: FrameType, name: str) -> int | None:
    """Line of the call of `name` whose value `frame` drops at its current instruction.

    A call by another name counts if its value is dropped at once: an expression statement.
    """
    key = frame.f_code, frame.f_lasti, name
    if key not in _answers:
        if len(_answers) >= _MOST_ANSWERS:
            _answers.clear()
        _answers[key] = _judge(*key)
    return _answers[key]


def _judge(code: CodeType, lasti: int, name: str) -> int | None:
    spans = [_span(position) for position in code.co_positions()]
    current = spans[lasti // 2] if 0 <= lasti // 2 < len(spans) else None
    if current is None:
        return None
    instructions = list(dis.get_instructions(code))
    index = max((i for i, each in enumerate(instructions) if each.offset <= lasti), default=0)
    operation = instructions[index].opname
    calls = [call for call in _calls(instructions) if call.name == name and not call.awaited]
    if operation.startswith(("STORE_", "UNPACK_", "DELETE_")):  # the span is that of the variable
        lines = {call.span.begin[0] for call in calls}
        if len(lines) > 1:
            lines &= {current.begin[0]}
        return lines.pop() if len(lines) == 1 else None
    inside = {
        call.span.begin[0]
        for call in calls
        if current.holds(call.span) and not (call.span == current and _is_call(operation))
    }
    if inside:
        return inside.pop() if len(inside) == 1 else None
    if operation == "POP_TOP" and index and _is_call(instructions[index - 1].opname):
        return current.begin[0] if spans[instructions[index - 1].offset // 2] == current else None
    return None


def _calls(instructions: list[dis.Instruction]) -> list[Call]:
    """All calls of something that has a name.

    The span of what is called begins where the span of the whole call does.
    """
    found = []
    # Names that were loaded, by where their span begins, each with where it ends.
    loaded: dict[tuple[int, int], list[tuple[tuple[int, int], str]]] = {}
    for index, instruction in enumerate(instructions):
        span = _span(instruction.positions)
        if span is None:
            continue
        if _is_call(instruction.opname):
            names = [name for end, name in loaded.get(span.begin, ()) if end < span.end]
            after = instructions[index + 1].opname if index + 1 < len(instructions) else ""
            if names:  # the last of `self.db.save`
                found.append(Call(span, names[-1], after == "GET_AWAITABLE"))
        elif instruction.opname.startswith("LOAD_") and isinstance(instruction.argval, str):
            loaded.setdefault(span.begin, []).append((span.end, instruction.argval))
    return found


def _is_call(operation: str) -> bool:
    return operation.startswith(_CALLS)


def _span(position: Any) -> Span | None:
    """The span of a position as `co_positions` and `dis` give it; None if it is not known."""
    if position is None or None in position:
        return None
    line, end_line, column, end_column = position
    return Span((line, column), (end_line, end_column))
