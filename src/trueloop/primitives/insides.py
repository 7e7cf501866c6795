"""Insides: code of functions that asyncio defines inside others.

Law: looks at code objects only. Native callbacks say by them whose work they do, and detectors
recognise asyncio's own.
"""

from types import CodeType
from typing import Any


def nested_code(function: Any, name: str) -> CodeType | None:
    """Code of the function `name` that is defined inside `function`; None if there is none."""
    for constant in getattr(getattr(function, "__code__", None), "co_consts", ()):
        if isinstance(constant, CodeType) and constant.co_name == name:
            return constant
    return None
