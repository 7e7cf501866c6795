"""stuck-shutdown: something refuses to end for over 1 s after it was told to.

Law: judges while it hangs, because the run may be killed. docs/findings/stuck-shutdown.md says what
it means to a developer.

What can be told to end: a task, by cancel() (but not by code of a library, which may mean only a
block of it); the block of a timeout, unless it is cleaning up; the worker threads of the loop's
executor; threads that the interpreter waits for at its end; an asynchronous generator that is being
closed. Time in which the loop could not run them does not count.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import math
import time
from types import AsyncGeneratorType
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import cancelrequests, places, workers
from trueloop.diagnostics.cancelrequests import Reason
from trueloop.diagnostics.exitwatch import ExitWatch
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.reachability import awaiters
from trueloop.diagnostics.waits import chain

if TYPE_CHECKING:
    from collections.abc import Callable

    from trueloop.diagnostics.places import Place
    from trueloop.diagnostics.workers import Sitting
    from trueloop.observable import CancelRequest

ALLOWED_S = 1.05  # over a second, and not by a hair
TASK_HINT = (
    "Let CancelledError through, and keep what is awaited on the way out short: "
    "put a timeout around it."
)
THREAD_HINT = (
    "Tell the thread to end (an Event, a sentinel in its queue, a timeout around what blocks) "
    "before the program does, or make it a daemon thread."
)
GENERATOR_HINT = "Keep the `finally` of the generator short: put a timeout around what it awaits."

_INTERVAL_S = 0.3
_SOONEST_S = 0.02
_SHARE = 0.003  # of the loop's time, for looking
_MOST_GAP_S = 0.3  # a look that comes later than this was kept from coming: that does not count

_SHUTDOWN_EXECUTOR = asyncio.BaseEventLoop.shutdown_default_executor.__code__
# So many tasks are looked at more closely: the one that shuts the executor down is mostly alone.
_FEW = 100
# More that end slowly at one time say nothing more.
_MOST_AT_ONCE = 1000

_ABORT = asyncio.TaskGroup._abort.__code__  # type: ignore[attr-defined]  # not in typeshed


# The awaitable that closes an asynchronous generator; CPython gives the type no public name.
_CLOSER = "async_generator_athrow"


class _Ending:
    """A task that was told to end and has not. It keeps nothing alive."""

    __slots__ = ("name", "seen_s", "told", "waited_s")

    def __init__(self, task: Any, asked_s: float) -> None:
        self.name = task.get_name()
        self.seen_s = asked_s
        self.waited_s = 0.0
        self.told = False


class StuckShutdown:
    """Watches what was told to end in one loop."""

    kind = "stuck-shutdown"
    needs: tuple[str, ...] = ("idle",)

    _exit_watch: ExitWatch | None = None

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._due = 0.0
        self._interval_s = _INTERVAL_S
        self._depth = 0  # of whoever gives jobs to an executor, in calls by the hook
        self._cancels = 0  # that the loop had heard of at the last look
        self._has_asked = False  # some tasks had been cancelled, told to end or not
        self._has_closers = False  # an asynchronous generator may be being closed
        self._endings: dict[int, _Ending] = {}

    # -- the process

    @classmethod
    def process_begins(cls, record: Callable[..., None]) -> None:
        """Be called when the main thread has ended."""
        cls._exit_watch = ExitWatch(
            lambda sitting, after_s: record(_thread_finding(sitting, after_s, "the program's end"))
        )
        cls._exit_watch.arm()

    @classmethod
    def program_ends(cls, record: Callable[..., None]) -> None:
        """All threads that the interpreter waits for have ended."""
        if cls._exit_watch is not None:
            cls._exit_watch.stop()

    @classmethod
    def fork(cls) -> None:
        """In a forked child."""
        if cls._exit_watch is not None:
            cls._exit_watch.forget()

    # -- hooks

    def submits(self, loop: Any, executor: Any, function: Any) -> Any:
        """Hook: a job is about to be given to an executor."""
        if not callable(function):  # the program's mistake, and the executor's to tell
            return function
        if not self._depth:
            self._depth = workers.depth_of_caller()
        job = workers.Submission(function)
        job.note(self._depth, loop)
        return job

    def generator_left(self, generator: Any) -> None:
        """Hook: the loop is about to close an asynchronous generator."""
        self._has_closers = True

    def idle(self, loop: Any, wait_s: float) -> float:
        """Hook: the loop is about to wait. Answers when to look again though nothing happened."""
        now = time.monotonic()
        if now < self._due:
            return self._due - now
        began_s = time.thread_time()
        self._look(loop, now)
        took_s = time.thread_time() - began_s
        self._interval_s = max(_INTERVAL_S, took_s / _SHARE)
        rests_s = [ALLOWED_S - each.waited_s for each in self._endings.values() if not each.told]
        soon_s = max(_SOONEST_S, min(rests_s, default=math.inf))
        self._due = now + min(self._interval_s, soon_s)
        return self._due - now if rests_s else math.inf

    # -- looking

    def _look(self, loop: Any, now: float) -> None:
        if self._exit_watch is not None:
            self._exit_watch.prepare()
        cancels, self._cancels = self._cancels, loop.hooks.cancels
        is_news = self._cancels != cancels or self._has_asked or self._has_closers
        if not is_news and loop.hooks.live_count > _FEW:
            return
        tasks: Any = asyncio.all_tasks(loop) if loop.get_debug() else loop.hooks.tasks()
        asked = (task for task in tasks if task.cancelling())
        found = list(itertools.islice(asked, _MOST_AT_ONCE))
        self._has_asked = bool(found)
        if found:
            found = [task for task in found if _is_told_to_end(task)]
        if self._has_closers or len(tasks) <= _FEW:
            closers = [task for task in tasks if _is_closer(task.get_coro())]
            self._has_closers = bool(closers)
            found += [task for task in closers if not task.cancelling()]
        if not found:
            self._endings.clear()
            return
        endings, self._endings = self._endings, {}
        ripe = []
        for task in found:
            ending = endings.get(id(task))
            if ending is None or ending.name != task.get_name():
                request = None if _is_closer(task.get_coro()) else task.cancel_request
                asked_s = now if request is None else max(request.time_s, now - _INTERVAL_S)
                ending = _Ending(task, asked_s)
            self._endings[id(task)] = ending
            ending.waited_s += min(now - ending.seen_s, self._interval_s + _MOST_GAP_S)
            ending.seen_s = now
            if ending.waited_s >= ALLOWED_S and not ending.told:
                ripe.append(task)
        if ripe:
            self._tell_all(loop, ripe, found)

    def _tell_all(self, loop: Any, ripe: list[Any], found: list[Any]) -> None:
        waiting = {id(each) for task in found for each in awaiters.around(task)}
        for task in ripe:
            if id(task) in waiting:
                continue  # it only waits for one that does not end
            ending = self._endings[id(task)]
            ending.told = True
            for finding in _findings(loop, task, ending):
                self._record(finding)


def _is_told_to_end(task: Any) -> bool:
    """Whether a cancel() that was not taken back was meant for the whole task."""
    request = task.cancel_request
    if task._must_cancel or cancelrequests.is_of_library(request):
        return False
    why = cancelrequests.reason(request)
    if why is Reason.TASK_GROUP:
        return request.caller is _ABORT  # the others are for the task that has the group
    if why is Reason.WAIT_FOR:
        return not chain.is_handling(task, asyncio.CancelledError)
    return why is not Reason.TIMEOUT or _is_in_overdue_block(task)


def _is_in_overdue_block(task: Any) -> bool:
    """Whether the task goes on inside of `async with timeout()` or wait_for() after the time.

    Not if it cleans up: who gives a block so long may want that to be done in peace.
    """
    return not chain.is_handling(task, asyncio.CancelledError) and any(
        cancelrequests.is_overdue(each)
        for link in chain.of_task(task)
        for each in gc.get_referents(link)
    )


def _is_closer(coroutine: Any) -> bool:
    """Whether a task with this coroutine closes a generator, or the loop's executor."""
    if type(coroutine).__name__ == _CLOSER:
        return True
    return getattr(coroutine, "cr_code", None) is _SHUTDOWN_EXECUTOR


def _findings(loop: Any, task: Any, ending: _Ending) -> list[Finding]:
    coroutine = task.get_coro()
    if type(coroutine).__name__ == _CLOSER:
        found = _generator_finding(coroutine, ending)
    elif getattr(coroutine, "cr_code", None) is _SHUTDOWN_EXECUTOR:
        threads = workers.of_executor(loop._default_executor)
        what = "the loop's shutdown"
        return [
            _thread_finding(each, ending.waited_s, what)
            for each in workers.sitting(threads)
            if places.is_user(each.where)
        ]
    else:
        found = _task_finding(task, coroutine, ending)
    return [] if found is None else [found]


def _task_finding(task: Any, coroutine: Any, ending: _Ending) -> Finding | None:
    stack = chain.stack(task)
    created = places.of_tuple(task.created_at)
    where = places.foremost(stack)
    if not places.is_user(where):
        where = created
    if where is None or not places.is_user(where):
        return None
    request: CancelRequest | None = task.cancel_request
    related = []
    asked = cancelrequests.place(request)
    if asked is not None:
        related.append(Related("cancelled-by", asked))
    if created is not None and created != where:
        related.append(Related("created", created))
    who = cancelrequests.described(request)
    return _finding(
        f"task {ending.name} ({getattr(coroutine, '__qualname__', '?')}) was cancelled"
        f"{' ' + who if who else ''}, and is still running after {_seconds(ending.waited_s)}",
        TASK_HINT,
        where,
        stack,
        related,
        ending.waited_s,
        ending.name,
    )


def _generator_finding(closer: Any, ending: _Ending) -> Finding | None:
    generator = next(
        (each for each in gc.get_referents(closer) if isinstance(each, AsyncGeneratorType)), None
    )
    stack = places.of_coroutine(generator)
    where = places.foremost(stack)
    if generator is None or not places.is_user(where):
        return None
    return _finding(
        f"the asynchronous generator {generator.__qualname__} is being closed, and has not ended "
        f"after {_seconds(ending.waited_s)}",
        GENERATOR_HINT,
        where,
        stack,
        [],
        ending.waited_s,
        ending.name,
    )


def _thread_finding(sitting: Sitting, after_s: float, what: str) -> Finding:
    return _finding(
        f"{what} has been waiting for the thread {sitting.name} for {_seconds(after_s)}",
        THREAD_HINT,
        sitting.where,
        sitting.stack,
        [],
        after_s,
        None,
    )


def _seconds(length_s: float) -> str:
    return f"{length_s:.1f} s"


def _finding(
    message: str,
    hint: str,
    where: Place | None,
    stack: tuple[Place, ...],
    related: list[Related],
    waited_s: float,
    task: str | None,
) -> Finding:
    return Finding(
        kind=StuckShutdown.kind,
        severity=Severity.ERROR,
        message=message,
        hint=hint,
        time=time.time(),
        task=task,
        where=where,
        stack=stack,
        related=tuple(related),
        details={"waited_s": round(waited_s, 3)},
    )
