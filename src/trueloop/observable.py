"""Observable: all that a detector may ask of a loop, whichever runtime made the loop.

Law: only describes. The kernel's hooks (kernel/hooks.pyx) and those of the fallback on asyncio's
own loop (elsewhere/hooks.py) both answer to this description; detectors are written against it and
know neither. A runtime may leave slots out: `runtime.DRIVEN` names those that are called.
"""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Any, Protocol

Site = tuple[str, int | None, str]  # file name, line, qualified name of the function

# The hook slots; kernel/hooks.pyx says when each is called, and with what.
SLOTS = (
    "before_step",
    "after_step",
    "wait_begins",
    "task_created",
    "task_cancelled",
    "task_finished",
    "task_failed",
    "future_failed",
    "read_by_plumbing",
    "callback_failed",
    "reported",
    "slow_step",
    "slow_pass",
    "idle",
    "wrong_thread",
    "circular",
    "cancellation_survived",
    "uncancelled",
    "exception_lost",
    "abandoned",
    "generator_begins",
    "generator_left",
    "submits",
)


class Hooks(Protocol):
    """What `loop.hooks` is: slots, each None or a callable, and facts about the loop."""

    before_step: Callable[[Any], object] | None = None
    after_step: Callable[[Any], object] | None = None
    wait_begins: Callable[[Any, Any], object] | None = None
    task_created: Callable[[Any], object] | None = None
    task_cancelled: Callable[[Any], object] | None = None
    task_finished: Callable[[Any], object] | None = None
    task_failed: Callable[[Any], object] | None = None
    future_failed: Callable[[Any], object] | None = None
    read_by_plumbing: Callable[[Any], bool] | None = None
    callback_failed: Callable[[Any, dict[str, Any]], object] | None = None
    reported: Callable[[Any, dict[str, Any]], object] | None = None
    slow_step: Callable[[Any, Any, int, float], object] | None = None
    slow_pass: Callable[[Any, int, float, int, float], object] | None = None
    idle: Callable[[Any, float], float] | None = None
    wrong_thread: Callable[[Any, str], object] | None = None
    circular: Callable[[Any, Any], BaseException | None] | None = None
    cancellation_survived: Callable[[Any, BaseException], object] | None = None
    uncancelled: Callable[[Any], object] | None = None
    exception_lost: Callable[[Any], object] | None = None
    abandoned: Callable[[Any], object] | None = None
    generator_begins: Callable[[Any], object] | None = None
    generator_left: Callable[[Any], object] | None = None
    submits: Callable[[Any, Any, Callable[..., Any]], Callable[..., Any]] | None = None

    def tasks(self) -> list[Any]:
        """The loop's pending tasks, in no particular order."""

    @property
    def current_task(self) -> Any:
        """The task whose step runs now, or None."""

    @property
    def hearing(self) -> Any:
        """The native done-callback that runs now, or None."""


class Loop(Protocol):
    """An event loop that can be observed: an asyncio loop with these facts besides."""

    @property
    def hooks(self) -> Hooks:
        """Its slots."""

    @property
    def main_outcome(self) -> str:
        """How the program's main ended: "none", "running", "returned" or "raised"."""


class CancelRequest(Protocol):
    """What is known of one call of task.cancel()."""

    @property
    def by(self) -> str | None:
        """Name of the task that asked; None if no task did (a callback, another thread)."""

    @property
    def site(self) -> Site | None:
        """Where it asked; helpers of asyncio's that create tasks are not counted."""

    @property
    def caller(self) -> CodeType | None:
        """The code that called cancel(): the program's, or asyncio's (a timeout, a TaskGroup)."""

    @property
    def time_s(self) -> float:
        """When, in seconds of time.monotonic()."""

    @property
    def message(self) -> Any:
        """What cancel() was given."""

    @property
    def limit(self) -> tuple[CodeType | None, int, float | None] | None:
        """Of a native timeout: the code that entered it, the offset there, and its seconds."""


class Future(Protocol):
    """A future or task of the runtime's own. asyncio's own kinds lack `reads`."""

    @property
    def reads(self) -> int:
        """How many times its exception was retrieved, as far as it matters: 0, or more."""


class Task(Future, Protocol):
    """A task of the runtime's own."""

    @property
    def cancel_request(self) -> CancelRequest | None:
        """The last cancel() of the task; None if there was none."""

    @property
    def created_at(self) -> Site | None:
        """Where it was created, not counting asyncio's own helpers; None if that is not known."""


def is_own(future: object) -> bool:
    """Whether a future counts its reads, and so is judged by its own word.

    Any other, one of asyncio's own classes for example, is judged by what asyncio reports of it.
    """
    return hasattr(future, "reads")
