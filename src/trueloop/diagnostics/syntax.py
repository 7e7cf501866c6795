"""Syntax: parses source text, from inside whatever the program is doing.

Law: never fails, and never spoils a parse of the program's own.

CPython 3.11 counts the depth of the tree that it builds in one place for all parses, and its
collector may run in the middle of one. A detector that the collector calls (a coroutine dies, a
generator, a CancelledError) and that parses then makes the program's own ast.parse() fail with
"SystemError: AST constructor recursion depth mismatch". From 3.12 on the collector waits for the
next instruction of Python code, and no parse is under way then.
"""

from __future__ import annotations

import ast
import sys
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import FrameType

_ONLY_AST = {"compile", "PyCF_ONLY_AST"}


def is_parsing() -> bool:
    """Whether somebody on the stack builds a tree, and was interrupted: then ask again later."""
    if sys.version_info >= (3, 12):
        return False
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is ast.parse.__code__ or _ONLY_AST.issubset(frame.f_code.co_names):
            return True
        frame = frame.f_back
    return False


def tree_of(text: str | bytes, mode: str = "exec") -> ast.AST | None:
    """The syntax tree of a piece of source; None if it cannot be had."""
    if is_parsing():
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the source: invalid escapes and the like
            return ast.parse(text, mode=mode)
    except (SyntaxError, ValueError, RecursionError, MemoryError, SystemError):
        return None
