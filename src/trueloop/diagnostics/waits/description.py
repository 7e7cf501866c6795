"""Description: a wait in words and lines, for people.

Law: what it returns holds no object of the program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import places
from trueloop.diagnostics.waits import chain, wakers

if TYPE_CHECKING:
    from trueloop.diagnostics.places import Place

# What is waited for; {} stands for the tasks, if they are known.
_TEXTS = {
    "task": "{}",
    "gather": "a gather of {}",
    "wait": "asyncio.wait of {}",
    "wait_for": "asyncio.wait_for of {}",
    "shield": "a shield around {}",
    "as_completed": "as_completed of {}",
    "TaskGroup": "the end of its TaskGroup with {}",
    "lock": "a Lock",
    "semaphore": "a Semaphore",
    "condition": "a Condition",
    "event": "an Event",
    "barrier": "a Barrier",
    "queue get": "an item from a Queue",
    "queue put": "room in a Queue",
    "queue join": "a Queue's join()",
    "sleep": "asyncio.sleep",
    "stream": "data from a stream",
    "drain": "a stream to drain",
    "close": "a stream to close",
    "process": "a process to end",
    "server": "a server to close",
    "socket": "a socket",
    "thread": "a job in another thread",
    "future": "a future",
}
_MOST_NAMES = 3


class Wait(NamedTuple):
    """What one task waits for.

    Attributes:
        task: its name.
        coroutine: the qualified name of its coroutine.
        kind: in what it waits: "task", "gather", "TaskGroup", "lock", "event", "future", ...
        what: the same in words, with the names of the tasks waited for.
        on: the names of the tasks waited for.
        place: the await to look at; None if the task has no line.
        stack: the lines at which it is suspended, innermost first.
    """

    task: str
    coroutine: str
    kind: str
    what: str
    on: tuple[str, ...]
    place: Place | None
    stack: tuple[Place, ...]

    def __str__(self) -> str:
        where = f" at {self.place}" if self.place is not None else ""
        return f"task {self.task} ({self.coroutine}) waits for {self.what}{where}"


def describe(task: Any, awaited: Any = None) -> Wait | None:
    """What a pending task waits for; None if it is not suspended, or about to go on.

    Args:
        task: the task.
        awaited: the task that it is about to wait for, if it does not wait yet.
    """
    found = wakers.of_task(task) if awaited is None else wakers.Wakers("task", (awaited,))
    if found is None:
        return None
    if not found.futures and found.lock is None:
        found = found._replace(kind=wakers.outermost_kind(task) or found.kind)
    stack = chain.stack(task)
    on = tuple(_names(found.futures))
    return Wait(
        task=task.get_name(),
        coroutine=_coroutine(task),
        kind=found.kind,
        what=_what(found, on),
        on=on,
        place=places.foremost(stack),
        stack=stack,
    )


def title(task: Any) -> str:
    """A task's name and coroutine."""
    return f"task {task.get_name()} ({_coroutine(task)})"


def _coroutine(task: Any) -> str:
    return getattr(task.get_coro(), "__qualname__", "?").rpartition("<locals>.")[2]


def _names(futures: tuple[Any, ...]) -> list[str]:
    return [future.get_name() if hasattr(future, "get_name") else "a future" for future in futures]


def _what(found: wakers.Wakers, on: tuple[str, ...]) -> str:
    text = _TEXTS[found.kind]
    if "{}" not in text:
        return text
    if not found.futures:
        return text.replace(" of {}", "").replace(" around {}", "").replace(" with {}", "")
    if len(found.futures) == 1 and hasattr(found.futures[0], "get_coro"):
        return text.format(title(found.futures[0]))
    names = ", ".join(on[:_MOST_NAMES])
    more = len(on) - _MOST_NAMES
    return text.format(f"{names} and {more} more" if more > 0 else names)
