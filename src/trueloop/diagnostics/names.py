"""Names: what an expression of the program's refers to, looked up without running anything of it.

Law: follows names, attributes of modules and classes, and tuples; calls nothing, so no property, no
`__getattr__` and no import of the program's can be set off. What it cannot follow is UNKNOWN.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class _Unknown:
    """What an expression is that cannot be followed."""


UNKNOWN = _Unknown()


def refers_to(expression: ast.expr, *namespaces: Mapping[str, Any]) -> Any:
    """The object that `expression` refers to where names mean what `namespaces` say; or UNKNOWN."""
    if isinstance(expression, ast.Constant):
        return expression.value
    if isinstance(expression, ast.Name):
        for namespace in (*namespaces, vars(builtins)):
            if expression.id in namespace:
                return namespace[expression.id]
    elif isinstance(expression, ast.Attribute):
        return _attribute(refers_to(expression.value, *namespaces), expression.attr)
    elif isinstance(expression, ast.Tuple):
        return tuple(refers_to(element, *namespaces) for element in expression.elts)
    return UNKNOWN


def _attribute(owner: Any, name: str) -> Any:
    if type(owner) is ModuleType:
        return vars(owner).get(name, UNKNOWN)
    if isinstance(owner, type):
        found = inspect.getattr_static(owner, name, UNKNOWN)
        return UNKNOWN if hasattr(type(found), "__get__") and not callable(found) else found
    return UNKNOWN


def last_name(expression: ast.expr) -> str:
    """The last identifier of `a.b.c`, or of the function in `a.b.c(...)`; else empty."""
    if isinstance(expression, ast.Call):
        return last_name(expression.func)
    if isinstance(expression, ast.Attribute):
        return expression.attr
    return expression.id if isinstance(expression, ast.Name) else ""
