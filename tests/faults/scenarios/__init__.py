"""Scenarios: small programs, each of which uses one transport or one part of the API.

A scenario is a coroutine function without arguments. It checks what it gets, and cleans up after
itself however it ends; it gives up at once when a part of it fails, so that a hang is trueloop's.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import inspect
import pkgutil
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Coroutine

__all__ = ["all_scenarios", "ending_with_what_is_told"]


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


@contextlib.asynccontextmanager
async def ending_with_what_is_told() -> AsyncIterator[None]:
    """End the block with the first fault that the loop's exception handler is told of.

    connection_made() and asyncio's own callbacks tell of theirs in no other way, and what they
    would have done is not done: a peer waits for ever, on asyncio too.
    """
    loop, task = asyncio.get_running_loop(), asyncio.current_task()
    told: list[BaseException] = []

    def tell(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        loop.default_exception_handler(context)
        error = context.get("exception")
        if isinstance(error, (OSError, MemoryError)) and task is not None:
            if not told:
                task.cancel()
            told.append(error)

    loop.set_exception_handler(tell)
    try:
        yield
    except asyncio.CancelledError:
        if not told:
            raise
        raise told[0] from None
    finally:
        loop.set_exception_handler(None)
        told.clear()
