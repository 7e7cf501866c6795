"""Catching: which statement of a function keeps a CancelledError from going on.

Law: judges one function by its source and its globals; knows no tasks. An answer is certain, or it
says that it is not.

A handler that ends in a bare `raise` catches nothing for good, nor does a context manager whose
`__exit__` cannot return anything true.
"""

from __future__ import annotations

import ast
import asyncio
import contextlib
import dis
import enum
import functools
import inspect
from types import FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import guards, names, places

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from types import CodeType

_MRO = asyncio.CancelledError.__mro__
_CAUGHT_BY_NAME = ("CancelledError", "BaseException")
_LONGEST_TEXT = 60
_MOST_TEXTS = 200

# Context managers of the standard library that may keep an exception.
_MAY_KEEP = (contextlib.ExitStack, contextlib.AsyncExitStack)
# Tests say by these that the exception is what they want.
_EXPECTING = ("assertRaises", "assertRaisesRegex", "raises")


class How(enum.StrEnum):
    """What kind of statement keeps an exception."""

    EXCEPT = "except"
    SUPPRESS = "suppress"
    WITH = "with"
    RETURN = "return"


class Keeps(enum.Enum):
    """Whether a context manager keeps a CancelledError."""

    NEVER = enum.auto()
    IF_IT_LIKES = enum.auto()  # but it raises nothing else in its place
    ALWAYS = enum.auto()
    UNKNOWN = enum.auto()


class Catch(NamedTuple):
    """A statement that keeps, or may keep, a CancelledError.

    Attributes:
        how: what it is.
        line: where it is.
        text: its source, shortened, as it may stand in a message.
        is_certain: whether an exception that gets there is kept; else it may be.
        raises_nothing: it is a context manager that keeps the exception or lets it go on.
        handler: the `except` clause, if it is one.
    """

    how: How
    line: int
    text: str
    is_certain: bool
    handler: ast.ExceptHandler | None = None
    raises_nothing: bool = False


class Ways(NamedTuple):
    """What may happen to a CancelledError on its way out of a function.

    Attributes:
        catches: what may keep it, innermost first; nothing after the first certain one.
        has_handlers: whether any `except` is on the way.
    """

    catches: tuple[Catch, ...]
    has_handlers: bool

    @property
    def certain(self) -> Catch | None:
        """The one that keeps it for certain, unless one before it does."""
        last = self.catches[-1] if self.catches else None
        return last if last is not None and last.is_certain else None


def ways_out(code: CodeType, offset: int, *namespaces: Mapping[str, Any]) -> Ways:
    """What a CancelledError meets that is raised by the instruction at `offset` of `code`."""
    found = []
    has_handlers = False
    for guard in guards.surroundings(code, offset).guards:
        has_handlers = has_handlers or isinstance(guard, guards.Except)
        catch = _catch(guard, namespaces)
        if catch is not None:
            found.append(catch)
            if catch.is_certain:
                break
    return Ways(tuple(found), has_handlers)


def _catch(guard: guards.Guard, namespaces: tuple[Mapping[str, Any], ...]) -> Catch | None:
    if isinstance(guard, guards.Finally):
        for jump in guard.jumps:
            word = type(jump).__name__.lower()
            is_certain = jump in guard.body
            return Catch(How.RETURN, jump.lineno, f"{word} in finally", is_certain)
        return None
    if isinstance(guard, guards.With):
        return _with(guard, namespaces)
    for handler in guard.handlers:
        match = covers(handler.type, namespaces)
        if match is not False:
            if passes_on(handler):
                return None
            return Catch(How.EXCEPT, handler.lineno, text_of(handler), match is True, handler)
    return None


def covers(caught: ast.expr | None, namespaces: tuple[Mapping[str, Any], ...] = ()) -> bool | None:
    """Whether `except <caught>` catches CancelledError; None if that cannot be told."""
    if caught is None:
        return True
    if isinstance(caught, ast.Starred):
        caught = caught.value
    if isinstance(caught, ast.Tuple):
        answers = [covers(element, namespaces) for element in caught.elts]
        return True if True in answers else None if None in answers else False
    return _is_covered_by(names.refers_to(caught, *namespaces), names.last_name(caught))


def _is_covered_by(value: Any, name: str) -> bool | None:
    if isinstance(value, tuple):
        answers = [_is_covered_by(element, "") for element in value]
        return True if True in answers else None if None in answers else False
    if isinstance(value, type):
        return any(value is base for base in _MRO)
    return True if name in _CAUGHT_BY_NAME else None


# -- handlers


def passes_on(handler: ast.ExceptHandler) -> bool:
    """Whether the handler raises the CancelledError that it has caught again, whatever happens."""
    if any(_picks_out(statement, handler.name) for statement in handler.body):
        return True
    return _ends_in_raise(handler.body, handler.name)


def converts(handler: ast.ExceptHandler) -> bool:
    """Whether the handler ends in raising something else."""
    last = handler.body[-1]
    return isinstance(last, ast.Raise) and not _ends_in_raise(handler.body, handler.name)


def _ends_in_raise(body: list[ast.stmt], name: str | None) -> bool:
    if not body:
        return False
    last = body[-1]
    if isinstance(last, ast.Raise):
        return _is_same(last, name)
    if isinstance(last, ast.If):
        return _ends_in_raise(last.body, name) and _ends_in_raise(last.orelse, name)
    if isinstance(last, (ast.With, ast.AsyncWith)):
        return _ends_in_raise(last.body, name)
    if isinstance(last, ast.Try):
        return _ends_in_raise(last.finalbody, name) or (
            not last.handlers and _ends_in_raise(last.body, name)
        )
    return False


def _is_same(statement: ast.Raise, name: str | None) -> bool:
    """Whether a `raise` raises the caught exception, or another CancelledError."""
    if statement.exc is None:
        return True
    raised = names.last_name(statement.exc)
    return raised == "CancelledError" or (name is not None and raised == name)


def _picks_out(statement: ast.stmt, name: str | None) -> bool:
    """`if isinstance(error, asyncio.CancelledError): raise` and the like."""
    return (
        isinstance(statement, ast.If)
        and "CancelledError" in ast.dump(statement.test)
        and not isinstance(statement.test, ast.UnaryOp)
        and _ends_in_raise(statement.body, name)
    )


def chooses(handler: ast.ExceptHandler) -> bool:
    """Whether the handler, made for CancelledError, goes by a rule of its own: some it raises."""
    kinds = handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]
    is_named = any(kind is not None and names.last_name(kind) == "CancelledError" for kind in kinds)
    return is_named and raises_again(handler)


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether the handler may raise the exception that it has caught again."""
    return any(
        isinstance(node, ast.Raise) and _is_same(node, handler.name)
        for node in guards.within(handler.body)
    )


def is_final(catch: Catch, code: CodeType) -> bool:
    """Whether what the statement keeps is lost: the function has no way to raise it later.

    It could if something had been noted for others to see, or if it raises a CancelledError or
    looks at cancelling() elsewhere.
    """
    if catch.handler is not None:
        for node in guards.within(catch.handler.body):
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
                return False
            if isinstance(node, (ast.Global, ast.Nonlocal, ast.Subscript, ast.Yield, ast.Return)):
                return False
            if isinstance(node, ast.Call) and names.last_name(node.func) not in _TELLING:
                return False
    return not any(_may_cancel(node) for node in guards.within(guards.function_body(code)))


def _may_cancel(node: ast.AST) -> bool:
    if isinstance(node, ast.Raise) and node.exc is not None:
        raised = names.last_name(node.exc)
        return raised == "CancelledError" or not raised.endswith(("Error", "Exception"))
    return isinstance(node, ast.Attribute) and node.attr in ("cancel", "cancelling", "uncancel")


# Functions that tell a human; what they do is no part of the program's course.
_TELLING = ("print", "debug", "info", "warning", "error", "exception", "log", "repr", "str")


@functools.lru_cache(maxsize=_MOST_TEXTS)
def text_of(handler: ast.ExceptHandler) -> str:
    """The beginning of an `except` clause, as it stands in a message."""
    if handler.type is None:
        return "except:"
    return _shortened(f"except {ast.unparse(handler.type)}")


# -- context managers


def _with(guard: guards.With, namespaces: tuple[Mapping[str, Any], ...]) -> Catch | None:
    keeps = _keeps(guard.item.context_expr, guard.is_async, namespaces)
    if keeps is Keeps.NEVER:
        return None
    text = _text_of_manager(guard)
    return Catch(
        How.SUPPRESS if names.last_name(guard.item.context_expr) == "suppress" else How.WITH,
        guard.line,
        text,
        is_certain=keeps is Keeps.ALWAYS,
        raises_nothing=keeps is Keeps.IF_IT_LIKES,
    )


@functools.lru_cache(maxsize=_MOST_TEXTS)
def _text_of_manager(guard: guards.With) -> str:
    word = "async with" if guard.is_async else "with"
    return _shortened(f"{word} {ast.unparse(guard.item.context_expr)}")


def _keeps(manager: ast.expr, is_async: bool, namespaces: tuple[Mapping[str, Any], ...]) -> Keeps:
    name = names.last_name(manager)
    if name in _EXPECTING:
        return Keeps.NEVER
    if not isinstance(manager, ast.Call):
        instance = names.refers_to(manager, *namespaces)
        if instance is names.UNKNOWN or isinstance(instance, type):
            return Keeps.UNKNOWN
        return _exits_true(type(instance), is_async)
    maker = names.refers_to(manager.func, *namespaces)
    if maker is contextlib.suppress or (maker is names.UNKNOWN and name == "suppress"):
        answers = [covers(argument, namespaces) for argument in manager.args]
        if True in answers:
            return Keeps.ALWAYS
        return Keeps.UNKNOWN if None in answers else Keeps.NEVER
    if isinstance(maker, type):
        return _exits_true(maker, is_async)
    if isinstance(maker, FunctionType) and _is_stdlib(maker.__code__.co_filename):
        # Not by itself. A generator's context manager keeps what the generator keeps, and that is
        # another frame.
        return Keeps.NEVER
    return Keeps.UNKNOWN


def _is_stdlib(file: str) -> bool:
    return places.origin(file) >= places.Origin.STDLIB


def _exits_true(manager: type, is_async: bool) -> Keeps:
    """Whether the `__exit__` of a class returns something true."""
    exit_ = inspect.getattr_static(manager, "__aexit__" if is_async else "__exit__", None)
    if not isinstance(exit_, FunctionType):
        # C code: a lock, a file, ...
        return Keeps.UNKNOWN if isinstance(exit_, property) else Keeps.NEVER
    if _is_stdlib(exit_.__code__.co_filename):
        return Keeps.UNKNOWN if issubclass(manager, _MAY_KEEP) else Keeps.NEVER
    returned = set(_returned(exit_.__code__))
    if returned <= {None, False}:
        return Keeps.NEVER
    if any(step.opname == "RAISE_VARARGS" for step in dis.get_instructions(exit_)):
        return Keeps.UNKNOWN
    return Keeps.ALWAYS if returned == {True} else Keeps.IF_IT_LIKES


def _returned(code: CodeType) -> Iterator[object]:
    """The constants that a function returns; `...` for what is not a constant."""
    before = None
    for step in dis.get_instructions(code):
        if step.opname == "RETURN_CONST":
            yield _constant(step.argval)
        elif step.opname == "RETURN_VALUE":
            is_constant = before is not None and before.opname.startswith("LOAD_CO")
            yield _constant(before.argval) if is_constant and before is not None else ...
        before = step


def _constant(value: object) -> object:
    return value if value is None or isinstance(value, bool) else ...


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 3] + "..."
