"""Scenarios: small programs, each of which uses one transport or one part of the API.

A scenario is a coroutine function without arguments. It checks what it gets, and cleans up after
itself however it ends; it gives up at once when a part of it fails, so that a hang is trueloop's.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

__all__ = ["all_scenarios"]


def all_scenarios() -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
    """Each scenario under its name: module.function."""
    found = {}
    for module in pkgutil.iter_modules(__path__):
        loaded = importlib.import_module(f"{__name__}.{module.name}")
        for name, value in vars(loaded).items():
            own = inspect.iscoroutinefunction(value) and value.__module__ == loaded.__name__
            if own and not name.startswith("_"):
                found[f"{module.name}.{name}"] = value
    return found
