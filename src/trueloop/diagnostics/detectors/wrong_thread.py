"""wrong-thread: a loop, or what belongs to it, was touched from a thread that does not run it.

Law: judges inside the call, in the foreign thread; whether a call is wrong there is the kernel's to
know, and so is making it safe. docs/findings/wrong-thread.md says what it means to a developer.

Silent if no code of the developer's is on the thread's stack, and for what a finaliser does: the
collector runs it in whatever thread comes along.
"""

from __future__ import annotations

import sys
import threading
import time
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import places
from trueloop.diagnostics.callers import outwards, stack_of
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.ledger import counted
from trueloop.diagnostics.places import Origin

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

    from trueloop.diagnostics.places import Place

HINT = (
    "Go through the loop's door: loop.call_soon_threadsafe(function, ...), or for a coroutine "
    "asyncio.run_coroutine_threadsafe(coroutine, loop)."
)


_has_gil = getattr(sys, "_is_gil_enabled", lambda: True)


class WrongThread:
    """Reports calls that only the loop's own thread may make."""

    kind = "wrong-thread"
    needs: tuple[str, ...] = ("wrong_thread",)

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._told: tuple[int, int, int] | None = None  # the call of a primitive told last

    def wrong_thread(self, subject: Any, what: str) -> None:
        """Hook: in this thread, which does not run the loop, `what` was called on `subject`."""
        calling, called = _boundary(sys._getframe(1))
        if calling is None:
            return
        call = threading.get_ident(), id(calling), calling.f_lasti
        if hasattr(subject, "_get_loop"):  # a native primitive, which is about to finish futures
            self._told = call
        elif call == self._told:  # and these are they
            return
        where = places.of_code(calling.f_code, calling.f_lineno)
        if counted(self._record, self.kind, where):
            return
        loop = subject if hasattr(subject, "call_soon_threadsafe") else _loop_of(subject)
        method = what.removeprefix("transport.")
        name = f"{type(subject).__name__}.{method}" if called is None else f"{called}()"
        runner = None if loop is None else loop._thread_id
        self._record(
            Finding(
                kind=self.kind,
                severity=Severity.ERROR,
                message=(
                    f"{name} was called in thread {_thread_name(threading.get_ident())}, but the "
                    f"loop runs in thread {_thread_name(runner)}: trueloop kept it from doing "
                    f"harm, but plain asyncio may never notice it, or break"
                ),
                hint=HINT,
                time=time.time(),
                where=where,
                stack=stack_of(calling),
                related=_related(subject, runner),
            )
        )


def _boundary(innermost: FrameType) -> tuple[FrameType | None, str | None]:
    """The developer's innermost frame, and the name of the library function that it has called.

    (None, None) if there is no such frame, or if a finaliser lies between.
    """
    called = None
    for frame in outwards(innermost):
        code = frame.f_code
        whose = places.origin(code.co_filename)
        if code.co_name == "__del__":
            break
        if whose is Origin.USER:
            return frame, called
        if whose is not Origin.TRUELOOP:
            called = code.co_qualname
    return None, None


def _loop_of(subject: Any) -> Any:
    if hasattr(subject, "get_loop"):
        return subject.get_loop()
    return getattr(subject, "_loop", None)


def _thread_name(ident: int | None) -> str:
    """Name of a thread; current_thread() would make an entry for one that Python did not start."""
    thread = None if ident is None else threading._active.get(ident)  # type: ignore[attr-defined]
    return f"{ident}" if thread is None else thread.name


def _related(subject: Any, runner: int | None) -> tuple[Related, ...]:
    related = []
    created = places.of_tuple(getattr(subject, "created_at", None))
    if created is not None:
        related.append(Related("created", created))
    started = _starts_loop(runner)
    if started is not None:
        related.append(Related("loop started", started))
    return tuple(related)


def _starts_loop(runner: int | None) -> Place | None:
    """The developer's line that runs the loop in another thread: asyncio.run(...), for one."""
    if runner is None or not _has_gil():  # without a GIL its frames do not hold still
        return None
    frame = sys._current_frames().get(runner)
    outside = False
    while frame is not None:
        file = frame.f_code.co_filename
        outside = outside or file in places.LOOP_FILES
        if outside and places.origin(file) is Origin.USER:
            return places.of_code(frame.f_code, frame.f_lineno)
        frame = frame.f_back
    return None
