"""Guards: the `try` and `with` statements around an instruction, read from the source.

Law: reads source text; runs nothing of the program. What it cannot find is not there: no source, no
guards. It knows nothing of tasks, cancellations or findings.
"""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING, NamedTuple

from trueloop.diagnostics import source, syntax

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType

# Functions whose source is kept in its parsed form.
_MOST_PARSED = 200
_LONGEST_FUNCTION = 3000  # lines

Position = tuple[int, int]  # line from 1, column from 0
Jump = ast.Return | ast.Break | ast.Continue


class Except(NamedTuple):
    """The handlers of a `try` whose body the instruction is in."""

    handlers: tuple[ast.ExceptHandler, ...]


class Finally(NamedTuple):
    """A `finally` that will run when an exception leaves the instruction's place."""

    body: tuple[ast.stmt, ...]
    jumps: tuple[Jump, ...]  # those that leave the `finally` itself, and so drop the exception


class With(NamedTuple):
    """One context manager that is entered where the instruction is."""

    item: ast.withitem
    line: int  # of the statement
    is_async: bool


Guard = Except | Finally | With


class Surroundings(NamedTuple):
    """What is around one instruction, innermost first.

    Attributes:
        guards: what an exception that is raised there meets on its way out.
        handler: the innermost `except` clause that the instruction is in, or None.
        has_raise: whether the instruction is part of a `raise` statement.
        final: the innermost `finally` that the instruction is in, inside that clause, or None.
        leaving: line of the `with` that the instruction itself enters or leaves; 0: of none.
        managers: the context managers of that `with` which it may be about.
    """

    guards: tuple[Guard, ...]
    handler: ast.ExceptHandler | None
    has_raise: bool
    final: tuple[ast.stmt, ...] | None
    leaving: int
    managers: tuple[With, ...]


_NOTHING = Surroundings((), None, False, None, 0, ())
_parsed: dict[tuple[str, int, str], ast.AST | None] = {}
_MOST_KNOWN = 1000
# By the identity of the code, which is held here so that nothing else can get it.
_known: dict[tuple[int, int], tuple[CodeType, Surroundings]] = {}


def surroundings(code: CodeType, offset: int) -> Surroundings:
    """What is around the instruction at `offset` (f_lasti, tb_lasti) of `code`."""
    known = _known.get((id(code), offset))
    if known is None:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        known = _known[id(code), offset] = code, _surroundings(code, offset)
    return known[1]


def _surroundings(code: CodeType, offset: int) -> Surroundings:
    position = position_of(code, offset)
    function = _function(code) if position is not None else None
    if function is None or position is None:
        return _NOTHING
    walk = _Walk(position)
    walk.into(getattr(function, "body", ()))
    return Surroundings(
        tuple(reversed(walk.guards)),
        walk.handler,
        walk.has_raise,
        walk.final,
        walk.leaving,
        walk.managers,
    )


def position_of(code: CodeType, offset: int) -> Position | None:
    """Where the instruction begins; in a `with` statement's own cleanup: at the `with`."""
    if offset < 0:
        return None
    line, _, column, _ = next(
        itertools.islice(code.co_positions(), offset // 2, None), (None, None, None, None)
    )
    return None if line is None else (line, column or 0)


def function_body(code: CodeType) -> list[ast.stmt]:
    """The statements of the function; empty if its source cannot be had."""
    return getattr(_function(code), "body", [])


def within(statements: list[ast.stmt] | tuple[ast.stmt, ...]) -> Iterator[ast.AST]:
    """All nodes of some statements, but for the insides of functions and classes defined there."""
    pending: list[ast.AST] = list(statements)
    while pending:
        node = pending.pop()
        yield node
        if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            pending.extend(ast.iter_child_nodes(node))


class _Walk:
    """The way from a function's body down to a position."""

    def __init__(self, position: Position) -> None:
        self._position = position
        self.guards: list[Guard] = []  # outermost first
        self.handler: ast.ExceptHandler | None = None
        self.has_raise = False
        self.final: tuple[ast.stmt, ...] | None = None
        self.leaving = 0
        self.managers: tuple[With, ...] = ()

    def into(self, statements: list[ast.stmt] | tuple[ast.stmt, ...]) -> None:
        """Go down into whichever of the statements has the position."""
        for statement in statements:
            if self._is_in(statement):
                self._down(statement)
                return

    def _down(self, statement: ast.stmt) -> None:
        if isinstance(statement, (ast.Try, ast.TryStar)):
            self._into_try(statement)
        elif isinstance(statement, (ast.With, ast.AsyncWith)):
            self._into_with(statement)
        elif isinstance(statement, ast.Raise):
            self.has_raise = True
        elif isinstance(statement, ast.Match):
            for case in statement.cases:
                self.into(case.body)
        elif isinstance(statement, (ast.If, ast.For, ast.AsyncFor, ast.While)):
            self.into(statement.body)
            self.into(statement.orelse)

    def _into_try(self, statement: ast.Try | ast.TryStar) -> None:
        if self._is_in_any(statement.finalbody):
            self.final = tuple(statement.finalbody)
            self.into(statement.finalbody)
            return
        if statement.finalbody:
            body = tuple(statement.finalbody)
            self.guards.append(Finally(body, tuple(_jumps_out(body))))
        if self._is_in_any(statement.body):
            if statement.handlers:
                self.guards.append(Except(tuple(statement.handlers)))
            self.into(statement.body)
            return
        for handler in statement.handlers:
            if self._is_in(handler):
                self.handler, self.final = handler, None
                self.into(handler.body)
                return
        self.into(statement.orelse)

    def _into_with(self, statement: ast.With | ast.AsyncWith) -> None:
        is_async = isinstance(statement, ast.AsyncWith)
        in_body = self._is_in_any(statement.body)
        for item in statement.items:
            if not in_body and self._is_in(item.context_expr):
                self.leaving = statement.lineno
                self.managers = (With(item, statement.lineno, is_async),)
                return
            self.guards.append(With(item, statement.lineno, is_async))
        if in_body:
            self.into(statement.body)
        else:
            self.leaving = statement.lineno  # CPython 3.11 says no more than that
            first = len(self.guards) - len(statement.items)
            self.managers = tuple(guard for guard in self.guards[first:] if isinstance(guard, With))
            del self.guards[first:]

    def _is_in(self, node: ast.stmt | ast.expr | ast.ExceptHandler) -> bool:
        begin = (node.lineno, node.col_offset)
        end = (node.end_lineno or node.lineno, node.end_col_offset or node.col_offset)
        return begin <= self._position < end

    def _is_in_any(self, statements: list[ast.stmt]) -> bool:
        return any(self._is_in(statement) for statement in statements)


def _jumps_out(body: tuple[ast.stmt, ...]) -> Iterator[Jump]:
    """The statements of a `finally` that leave it other than by an exception."""
    pending: list[tuple[ast.AST, bool]] = [(statement, False) for statement in body]
    while pending:
        node, in_loop = pending.pop(0)
        if isinstance(node, ast.Return) or (
            isinstance(node, (ast.Break, ast.Continue)) and not in_loop
        ):
            yield node
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, (ast.For, ast.AsyncFor, ast.While)):
            pending += [(inner, True) for inner in node.body]
            pending += [(inner, in_loop) for inner in node.orelse]
        else:
            pending += [(inner, in_loop) for inner in ast.iter_child_nodes(node)]


def _function(code: CodeType) -> ast.AST | None:
    """The definition of the function that `code` was compiled from, with the file's lines."""
    key = code.co_filename, code.co_firstlineno, code.co_qualname
    if key not in _parsed and syntax.is_parsing():
        return None
    if key not in _parsed:
        if len(_parsed) >= _MOST_PARSED:
            _parsed.clear()
        _parsed[key] = _parse(code)
    return _parsed.get(key)


def _parse(code: CodeType) -> ast.AST | None:
    first, last = code.co_firstlineno, _last_line(code)
    if not 0 < first <= last < first + _LONGEST_FUNCTION:
        return None
    lines = [source.line(code.co_filename, number) for number in range(first, last + 1)]
    if lines[0][:1].isspace():
        # In a block of its own, so that the columns stay what they are.
        tree = _tree("\n".join(["if True:", *lines]), first - 1)
    else:
        tree = _tree("\n".join(lines), first)
    if tree is None:
        return None
    for node in ast.walk(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)) and node.name == code.co_name:
            return node
    return None


def _tree(text: str, first: int) -> ast.AST | None:
    tree = syntax.tree_of(text)
    return None if tree is None else ast.increment_lineno(tree, first - 1)


def _last_line(code: CodeType) -> int:
    """The last line that the function's instructions, or those of functions inside it, reach."""
    last = 0
    for _, end, _, _ in code.co_positions():
        last = max(last, end or 0)
    for constant in code.co_consts:
        if hasattr(constant, "co_positions"):
            last = max(last, _last_line(constant))
    return last
