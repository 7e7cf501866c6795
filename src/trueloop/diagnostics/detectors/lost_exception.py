"""lost-exception: a task, future, gather child or callback failed, and nobody will ever read why.

Law: judges at the moments when that becomes certain: when the future dies, when asyncio gives the
exception to its last-resort handler, when the program ends. Reads no future itself: that would hide
asyncio's own report. docs/findings/lost-exception.md says what it means to a developer.

Silent when the program has set an exception handler of its own (somebody reads), for SystemExit,
KeyboardInterrupt and GeneratorExit (they end more than a task), for a cancellation that ends a
callback while the loop shuts down, and for exceptions that neither came from, nor were given to a
future by, nor ended a task of, code outside the standard library.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import places, plumbing, threadsafe_futures
from trueloop.diagnostics.failures import Failures
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.ledger import counted
from trueloop.errors import CircularAwaitError, DeadlockError
from trueloop.observable import is_own

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.places import Place

READ_IT = (
    "Await it, or read .exception() in a done-callback and handle it there; "
    "a TaskGroup awaits all its tasks."
)
HANDLE_IT = "Catch the exception inside the callback: the loop can only log it."

# What became of an exception that asyncio's own code has looked at, and what to do about that.
_READERS = {
    "": ("nobody has read it", READ_IT),
    "gather": (
        "its gather had raised another failure already, so nobody has read this one",
        "Use asyncio.TaskGroup, or gather(..., return_exceptions=True) and look at every result.",
    ),
    "wait": (
        "nobody has read it: asyncio.wait raises nothing by itself",
        "Look at the result() of each task that asyncio.wait returns as done.",
    ),
    "shield": (
        "whoever waited behind its shield was cancelled before, so nobody has read it",
        "Keep the shielded task, and await it or give it a done-callback that reads .exception().",
    ),
    "thread": (
        "the thread that submitted it never asked its future",
        "Keep what run_coroutine_threadsafe returns; call its result(), or in a done-callback.",
    ),
}

_ENDS_MORE = (SystemExit, KeyboardInterrupt, GeneratorExit)
# Each is raised together with a finding of its own.
_KNOWN = (CircularAwaitError, DeadlockError)
_LONGEST_TEXT = 200

# Shared by the loops of this process.
_failures = Failures()


class LostException:
    """Reports exceptions that nobody read."""

    kind = "lost-exception"
    needs: tuple[str, ...] = ("exception_lost", "reported")

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record

    # -- hooks

    def task_failed(self, task: Any) -> None:
        """Hook: a task has ended with an exception."""
        _failures.add(task, None, False, places.depth(task._exception.__traceback__))

    def future_failed(self, future: Any) -> None:
        """Hook: a future was given an exception."""
        depth = places.depth(future._exception.__traceback__)
        raised = places.of_traceback(future._exception.__traceback__) if depth > 0 else ()
        place = places.foremost(raised)
        is_internal = plumbing.hearing(future) is not None
        if not is_internal and not places.is_user(place):
            # The loop itself, if set_exception is the callback: then it is not known who wants it.
            place = places.of_caller()
            is_internal = place is not None and not places.is_user(place)
        _failures.add(future, place, is_internal, depth)

    def read_by_plumbing(self, future: Any) -> bool:
        """Hook: asyncio itself reads the exception. Whether that hands it on to somebody."""
        reading = plumbing.reading(future)
        if not reading.passes_on:
            _failures.drop(future, reading.reader)
        elif reading.thread_future is not None:
            finding = self._judge(future, future._exception, "thread")
            if finding is not None:
                threadsafe_futures.watch(reading.thread_future, lambda: self._record(finding))
        return reading.passes_on

    def exception_lost(self, future: Any) -> None:
        """Hook: a future dies, and nobody has read its exception.

        If asyncio still has to tell of it, an exception handler of the program's own will know.
        """
        if future._log_traceback and future.get_loop().get_exception_handler() is not None:
            return
        self._lose(future)

    def reported(self, loop: Any, context: dict[str, Any]) -> None:
        """Hook: call_exception_handler was called with `context`."""
        exception = context.get("exception")
        if exception is None or loop.get_exception_handler() is not None:
            return
        message = str(context.get("message"))
        if "future" in context and message.endswith(" exception was never retrieved"):
            if not is_own(context["future"]):
                self._lose(context["future"])
        elif message.startswith("Exception in callback ") and "handle" in context:
            self._lose_in_callback(loop, exception, context["handle"])
        else:
            for beginning, subject in _SUBJECTS:
                if message.startswith(beginning):
                    self._lose_in_loop(exception, subject, context.get("task"))

    @classmethod
    def program_ends(cls, record: Callable[..., None]) -> None:
        """The program is over: what is unread now stays unread."""
        detector = cls(record)
        for future in _failures.unread():
            detector.exception_lost(future)
        _failures.clear()
        threadsafe_futures.end_watch()

    @classmethod
    def fork(cls) -> None:
        """In a forked child: what failed before is the parent's to report."""
        _failures.clear()
        threadsafe_futures.forget()

    # -- judging

    def _lose(self, future: Any) -> None:
        exception = future._exception
        if isinstance(exception, asyncio.CancelledError):
            finding = self._judge_cancelled(future)
        else:
            finding = self._judge(future, exception)
        _failures.forget(future)
        if finding is not None:
            self._record(finding)

    def _judge(self, future: Any, exception: BaseException, reader: str = "") -> Finding | None:
        if _is_known(exception):
            return None
        raised = places.of_traceback(exception.__traceback__)
        failure = _failures.of(future)
        if failure is not None and len(raised) > failure.depth:
            return None  # somebody has met the same exception elsewhere
        created = places.of_tuple(getattr(future, "created_at", None))
        is_task = isinstance(future, asyncio.Task)
        if is_task or not is_own(future) or plumbing.is_gather(future):
            where, stack = _place(exception, created)
            # asyncio.Future() is made by the program: the standard library makes the loop's own.
            if where is None and type(future) is not asyncio.Future:
                return None
        elif failure is None or failure.is_internal:
            return None  # a library's own future: it knows what it does
        else:
            where, stack = failure.place, raised
        if where is not None and places.origin(where.file) >= places.Origin.STDLIB:
            return None
        if not reader and counted(self._record, self.kind, where):
            return None
        if failure is not None and failure.dropped_by:
            reader = failure.dropped_by
        outcome, hint = _READERS[reader]
        return self._finding(
            f"{describe(exception)} ended {_name(future)}, and {outcome}",
            hint,
            where,
            stack,
            created,
            future.get_name() if is_task else None,
        )

    def _judge_cancelled(self, future: Any) -> Finding | None:
        """A CancelledError that is an exception of its future: only gather does that.

        It is lost if the program cancelled the gather itself and then left it alone.
        """
        if not getattr(future, "_cancel_requested", False):
            return None
        created = None
        for child in getattr(future, "_children", ()):
            created = places.of_tuple(getattr(child, "created_at", None))
            if created is not None:
                break
        if not places.is_user(created):
            return None
        return self._finding(
            "a gather was cancelled and then left alone: its children's outcomes are lost",
            "After cancel(), await the gather and catch CancelledError.",
            created,
            (),
            None,
            None,
        )

    def _lose_in_callback(self, loop: Any, exception: BaseException, handle: Any) -> None:
        if _is_known(exception):
            return
        registered = places.of_tuple(getattr(handle, "created_at", None))
        where, stack = _place(exception, registered)
        if isinstance(exception, asyncio.CancelledError) and not (
            stack and places.is_user(stack[-1]) and loop.main_outcome == "running"
        ):
            return
        if where is None or places.origin(where.file) >= places.Origin.STDLIB:
            return
        if not stack and not places.is_user(where):
            return  # a library's own `add_reader(fd, future.set_result)`, for one
        callback = getattr(handle, "_callback", None)
        name = getattr(callback, "__qualname__", None) or repr(callback)[:_LONGEST_TEXT]
        self._record(
            self._finding(
                f"{describe(exception)} ended the callback {name}, and only the log knows",
                HANDLE_IT,
                where,
                stack,
                registered,
                None,
            )
        )

    def _lose_in_loop(self, exception: BaseException, subject: str, task: Any) -> None:
        if isinstance(exception, asyncio.CancelledError) or _is_known(exception):
            return
        created = places.of_tuple(getattr(task, "created_at", None))
        where, stack = _place(exception, created)
        if not places.is_user(where):
            return
        self._record(
            self._finding(
                f"{describe(exception)} ended {subject}, and only the log knows",
                HANDLE_IT if task is None else READ_IT,
                where,
                stack,
                created,
                task.get_name() if isinstance(task, asyncio.Task) else None,
            )
        )

    def _finding(
        self,
        message: str,
        hint: str,
        where: Place | None,
        stack: tuple[Place, ...],
        created: Place | None,
        task: str | None,
    ) -> Finding:
        is_elsewhere = created is not None and created != where
        return Finding(
            kind=self.kind,
            severity=Severity.ERROR,
            message=message,
            hint=hint,
            time=time.time(),
            task=task,
            where=where,
            stack=stack,
            related=(Related("created", created),) if is_elsewhere and created else (),
        )


# How asyncio begins the messages of the other failures that end in its exception handler.
_SUBJECTS = (
    ("an error occurred during closing of asynchronous generator", "an asynchronous generator"),
    ("unhandled exception during asyncio.run() shutdown", "a task that was being cancelled"),
    ("Unhandled exception in client_connected_cb", "a stream server's handler"),
    ("Error on transport creation for incoming connection", "a server's protocol factory"),
    ("Fatal error: protocol.", "a protocol's method"),
    ("protocol.pause_writing() failed", "a protocol's pause_writing()"),
    ("protocol.resume_writing() failed", "a protocol's resume_writing()"),
    ("Task ", "a task whose TaskGroup had ended"),
)


def _is_known(exception: BaseException) -> bool:
    """Whether it ends more than a task or is a finding's; a group of nothing else is no news."""
    if isinstance(exception, BaseExceptionGroup):
        return all(_is_known(each) for each in exception.exceptions)
    return isinstance(exception, (*_ENDS_MORE, *_KNOWN))


def describe(exception: BaseException) -> str:
    """Type and text of an exception, short."""
    try:
        text = str(exception)
    except Exception:  # the program's own __str__
        text = ""
    name = type(exception).__qualname__.rpartition("<locals>.")[2]
    text = text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 3] + "..."
    return f"{name}: {text}" if text else name


def _place(
    exception: BaseException, created: Place | None
) -> tuple[Place | None, tuple[Place, ...]]:
    """The line to look at, and the lines the exception went through, innermost first.

    The raise, if it is in the developer's code; else the line that created the task or registered
    the callback; else whatever is known.
    """
    raised = _raised(exception)
    inner = exception
    while isinstance(inner, BaseExceptionGroup):  # its own traceback is that of whoever collected
        inner = inner.exceptions[0]
    stack = _raised(inner) or raised
    candidates = (*stack, *raised, created)
    return places.foremost(place for place in candidates if place is not None), stack


def _raised(exception: BaseException) -> tuple[Place, ...]:
    """The lines an exception went through, innermost first, without the kernel's own."""
    return tuple(
        place
        for place in places.of_traceback(exception.__traceback__)
        if places.origin(place.file) is not places.Origin.TRUELOOP
    )


def _name(future: Any) -> str:
    if isinstance(future, asyncio.Task):
        # get_coro() of a C task that ran eagerly crashes CPython 3.12 once the task has ended.
        coroutine = getattr(getattr(future, "_coro", None), "__qualname__", None)
        return f"task {future.get_name()}" + (f" ({coroutine})" if coroutine else "")
    if hasattr(future, "_children"):
        return "a gather"
    return "a future"
