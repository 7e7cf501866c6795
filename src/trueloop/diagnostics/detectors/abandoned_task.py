"""abandoned-task: still pending when main returned normally, and nobody had asked it to end.

Law: judges at the one moment when asyncio is about to cancel the task.
docs/findings/abandoned-task.md says what it means to a developer.

Silent when main raised; for a task that another one waits for (that one is reported); for one that
is about to be told that what it waits for was cancelled; and for tasks that a library made, among
them the handlers of asyncio's own stream server: they are the library's to end.
"""

from __future__ import annotations

import asyncio
import inspect
import time
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import places, plumbing
from trueloop.diagnostics.finding import Finding, Related, Severity

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.places import Place

HINT = (
    "Await the task before main returns, or put it into a TaskGroup; "
    "if it is not wanted any more, cancel it and await it."
)
_THREADSAFE = asyncio.run_coroutine_threadsafe.__code__.co_filename


class AbandonedTask:
    """Reports tasks that asyncio's shutdown cuts off."""

    kind = "abandoned-task"
    needs: tuple[str, ...] = ("abandoned",)

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record

    def abandoned(self, task: Any) -> None:
        """Hook: the loop ends while `task` is pending, and nobody had cancelled it."""
        if task.get_loop().main_outcome != "returned" or task.done():  # set from outside
            return
        waits_for = task._fut_waiter
        if waits_for is not None and waits_for.cancelled():
            return
        if plumbing.has_owner(task):
            return
        coroutine = task.get_coro()
        stack = places.of_coroutine(coroutine)
        created = places.of_tuple(task.created_at)
        suspended = places.foremost(stack)
        if not places.is_user(created):
            if not _is_made_on_request(task.created_at):
                return
            created = None
        where = created or suspended
        if where is None or not places.is_user(where):
            return
        self._record(
            Finding(
                kind=self.kind,
                severity=Severity.WARNING,
                message=(
                    f"task {task.get_name()} ({getattr(coroutine, '__qualname__', '?')}) was still "
                    f"pending when main returned, so it was cut off before its end"
                ),
                hint=HINT,
                time=time.time(),
                task=task.get_name(),
                where=where,
                stack=stack,
                related=_related(where, created, suspended, coroutine),
            )
        )


def _is_made_on_request(created_at: tuple[str, int | None, str] | None) -> bool:
    """Whether the loop made the task because the program told it to: the line is not known then.

    Such are run_coroutine_threadsafe() and call_soon(loop.create_task, ...).
    """
    return created_at is None or created_at[0] in (*places.LOOP_FILES, _THREADSAFE)


def _related(
    where: Place, created: Place | None, suspended: Place | None, coroutine: Any
) -> tuple[Related, ...]:
    related = []
    if suspended is not None and suspended != where:
        started = not (
            inspect.iscoroutine(coroutine)
            and inspect.getcoroutinestate(coroutine) == inspect.CORO_CREATED
        )
        related.append(Related("suspended" if started else "not started", suspended))
    if created is not None and created != where:
        related.append(Related("created", created))
    return tuple(related)
