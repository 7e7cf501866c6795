"""Chain: the coroutines that a task is suspended in, from its own down to the one that waits.

Law: reads suspended coroutines and retains nothing. A coroutine's frame object is made only for who
asks for lines: it would stay for as long as the coroutine does, a hundred bytes for each task.
"""

from __future__ import annotations

import gc
from types import AsyncGeneratorType, CoroutineType, GeneratorType
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import places

if TYPE_CHECKING:
    from trueloop.diagnostics.places import Place

# What an `await` or `async for` puts between two coroutines: it shows the inner one to nobody but
# the garbage collector.
_WRAPPERS = frozenset(
    {"async_generator_asend", "async_generator_athrow", "anext_awaitable", "coroutine_wrapper"}
)
_MOST_LINKS = 200


def of_task(task: Any) -> list[Any]:
    """The suspended coroutines and generators of a task, outermost first."""
    found: list[Any] = []
    link = task.get_coro()
    while link is not None and len(found) < _MOST_LINKS:
        kind = type(link)
        if kind is CoroutineType:
            found.append(link)
            link = link.cr_await
        elif kind is GeneratorType:
            found.append(link)
            link = link.gi_yieldfrom
        elif kind is AsyncGeneratorType:
            found.append(link)
            link = link.ag_await
        elif hasattr(link, "cr_await"):  # compiled by Cython
            found.append(link)
            link = link.cr_await
        else:
            link = _unwrapped(link)
    return found


def _unwrapped(link: Any) -> Any:
    if type(link).__name__ in _WRAPPERS:
        for inner in gc.get_referents(link):
            if type(inner) in (CoroutineType, AsyncGeneratorType) or hasattr(inner, "cr_await"):
                return inner
            if type(inner).__name__ in _WRAPPERS:
                return inner
    return None


def code_of(link: Any) -> Any:
    """The code object of a coroutine or generator; None if it is not Python's.

    For a native coroutine of trueloop's: that of the one in asyncio that it does the work of.
    """
    return (
        getattr(link, "cr_code", None)
        or getattr(link, "stands_for", None)
        or getattr(link, "gi_code", None)
        or getattr(link, "ag_code", None)
    )


def stack(task: Any) -> tuple[Place, ...]:
    """The lines at which a task is suspended, innermost first."""
    found = []
    for link in of_task(task):
        frame = (
            getattr(link, "cr_frame", None)
            or getattr(link, "gi_frame", None)
            or getattr(link, "ag_frame", None)
        )
        if frame is not None:
            found.append(places.of_code(frame.f_code, frame.f_lineno))
    return tuple(reversed(found))


def is_handling(task: Any, kind: type[BaseException]) -> bool:
    """Whether a task is suspended inside an `except` or `finally` that such an exception led to."""
    return any(
        issubclass(type(each), kind) for link in of_task(task) for each in gc.get_referents(link)
    )
