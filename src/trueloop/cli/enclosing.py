"""Enclosing: which function a line of a file stands in."""

from __future__ import annotations

import ast
import tokenize
from typing import NamedTuple

MODULE = "<module>"


class _Span(NamedTuple):
    first: int
    last: int
    name: str


class Functions:
    """The functions and classes of one file; none, if it cannot be read as Python."""

    def __init__(self, file: str) -> None:
        self._spans: list[_Span] = []
        try:
            with tokenize.open(file) as opened:
                tree = ast.parse(opened.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            return
        self._gather(tree, "")

    def _gather(self, node: ast.AST, prefix: str) -> None:
        for child in ast.iter_child_nodes(node):
            inner = prefix
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                name = f"{prefix}{child.name}"
                self._spans.append(_Span(child.lineno, child.end_lineno or child.lineno, name))
                inner = f"{name}." if isinstance(child, ast.ClassDef) else f"{name}.<locals>."
            self._gather(child, inner)

    def around(self, line: int) -> str:
        """Qualified name of the innermost function or class that has this line."""
        name = MODULE
        for span in self._spans:  # an outer one stands before its inner ones
            if span.first <= line <= span.last:
                name = span.name
        return name
