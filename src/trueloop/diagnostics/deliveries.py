"""Deliveries: the CancelledErrors that tasks were given and did not end with at once.

Law: follows the exceptions, weakly, and notes what became of them; blames nobody. Keeps no task, no
exception and no frame alive: only code objects, offsets and the globals of modules, until the task
is gone.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import weakref
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import places

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType, TracebackType

    from trueloop.diagnostics.places import Place
    from trueloop.observable import CancelRequest

CONTEXTLIB = contextlib.suppress.__exit__.__code__.co_filename
_MOST_STEPS = 50  # lines of one traceback, frames of one await chain
_MOST_RUNNING = 5  # frames of a running step
_MOST_DELIVERIES = 50  # of one task
_MOST_CONTEXTS = 20


class Step(NamedTuple):
    """One instruction that an exception went through, or where a frame is suspended."""

    code: CodeType
    offset: int
    line: int
    namespace: dict[str, Any]

    @property
    def place(self) -> Place:
        """Its line."""
        return places.of_code(self.code, self.line)


class Delivery:
    """One CancelledError that a request to cancel has brought into a task.

    Attributes:
        request: who asked for it, as far as that is known.
        task: who got it, weakly.
        raised: the lines it had gone through at the end of the step that raised it, outermost
            first: the first one's function is the one that caught it.
        callers: where the functions that wait for that function were suspended at that time,
            innermost first; empty if it had ended.
        now: where that function itself was suspended at that time, or None if it had ended.
        caught: the statement that kept it, once that is certain.
        dropped: the lines that ran when the last reference to it was given up, innermost first;
            empty as long as somebody has it, and if that was at the end of the step that raised it.
        is_dead: nobody has it any more.
        is_settled: it is certain what became of it, and `outcome` says what.
    """

    __slots__ = (
        "__weakref__",
        "_exception",
        "callers",
        "caught",
        "dropped",
        "is_dead",
        "is_settled",
        "now",
        "on_death",
        "outcome",
        "raised",
        "request",
        "task",
    )

    def __init__(self, task: Any, exception: BaseException, request: CancelRequest | None) -> None:
        self.request = request
        self.task: weakref.ref[Any] = weakref.ref(task)
        self.raised = steps_of(exception.__traceback__)
        self.callers: tuple[Step, ...] = ()
        self.now: Step | None = None
        self.dropped: tuple[Step, ...] = ()
        self.caught: Place | None = None
        self.is_dead = False
        self.is_settled = False
        self.outcome = "delivered"
        self.on_death: Callable[[Delivery], None] | None = None
        self._exception: weakref.ref[BaseException] | None = None
        if not task.done():
            traceback = exception.__traceback__
            # Without one, only a native coroutine has it so far.
            self._look_around(task, None if traceback is None else traceback.tb_frame)
            self._exception = weakref.ref(exception, self._died)

    @property
    def exception(self) -> BaseException | None:
        """The exception itself, while somebody has it."""
        return None if self._exception is None else self._exception()

    @property
    def was_dropped_at_once(self) -> bool:
        """Whether it was gone at the end of the step that had raised it."""
        return self.is_dead and not self.dropped

    @property
    def place(self) -> Place | None:
        """The line to which it was delivered."""
        return places.foremost(step.place for step in reversed(self.raised))

    def settle(self, outcome: str) -> None:
        """It is certain what became of it."""
        self.is_settled = True
        self.outcome = outcome
        self.on_death = self._exception = None
        self.callers = self.dropped = ()
        self.now = None

    def _look_around(self, task: Any, catcher: FrameType | None) -> None:
        outer: list[Step] = []
        for frame in suspended_frames(task.get_coro()):
            if frame is catcher:
                self.now = _step(frame)
                self.callers = tuple(reversed(outer))
                return
            outer.append(_step(frame))
        if catcher is None or (outer and outer[-1].code.co_filename == CONTEXTLIB):
            # In a context manager that is a generator; what awaits that shows no frame.
            self.callers = tuple(reversed(outer))

    def _died(self, _: Any) -> None:
        self.is_dead = True
        self.dropped = tuple(_running_steps(sys._getframe().f_back))
        if self.on_death is not None:
            self.on_death(self)


class Record:
    """What is known of the cancellations of one task.

    Attributes:
        deliveries: oldest first; the oldest of very many are forgotten.
        foretold: a request, and what was found out about its delivery before the end of the step
            in which it happened: an outcome for Delivery.settle(), or "defeated".
        last_outcome: the last request of which it was certain at once what became of it, and what.
        is_followed: somebody will be told when the task ends.
    """

    __slots__ = ("deliveries", "foretold", "is_followed", "last_outcome", "task")

    def __init__(self, task: weakref.ref[Any]) -> None:
        self.task = task
        self.deliveries: list[Delivery] = []
        self.foretold: tuple[CancelRequest | None, str] | None = None
        self.last_outcome: tuple[CancelRequest | None, str] | None = None
        self.is_followed = False

    def add(self, delivery: Delivery) -> None:
        """Another one."""
        if len(self.deliveries) >= _MOST_DELIVERIES:
            del self.deliveries[0]
        self.deliveries.append(delivery)

    def unsettled(self) -> list[Delivery]:
        """Those of which it is not certain what became of them."""
        return [delivery for delivery in self.deliveries if not delivery.is_settled]


_records: dict[int, Record] = {}


def of(task: Any) -> Record | None:
    """The record of a task, if there is one."""
    record = _records.get(id(task))
    return record if record is not None and record.task() is task else None


def record_of(task: Any) -> Record:
    """The record of a task, a new one if there was none."""
    record = of(task)
    if record is None:
        key = id(task)

        def forget(reference: Any) -> None:
            found = _records.get(key)
            if found is not None and found.task is reference:
                del _records[key]

        record = _records[key] = Record(weakref.ref(task, forget))
    return record


def all_records() -> list[Record]:
    """Those of all tasks that are alive."""
    return list(_records.values())


def clear() -> None:
    """Forget all."""
    _records.clear()


def steps_of(traceback: TracebackType | None) -> tuple[Step, ...]:
    """The instructions that an exception went through, outermost first."""
    found: list[Step] = []
    while traceback is not None and len(found) < _MOST_STEPS:
        frame = traceback.tb_frame
        found.append(Step(frame.f_code, traceback.tb_lasti, traceback.tb_lineno, frame.f_globals))
        traceback = traceback.tb_next
    return tuple(found)


def _step(frame: FrameType) -> Step:
    return Step(frame.f_code, frame.f_lasti, frame.f_lineno, frame.f_globals)


def _running_steps(frame: FrameType | None) -> Iterator[Step]:
    """The innermost frames of the step that runs; none if it is over."""
    for _ in range(_MOST_RUNNING):
        if frame is None:
            return
        file = frame.f_code.co_filename
        if file in places.LOOP_FILES or places.origin(file) is places.Origin.TRUELOOP:
            return
        yield _step(frame)
        frame = frame.f_back


def suspended_frames(coroutine: Any) -> Iterator[FrameType]:
    """The frames of a suspended coroutine and of what it awaits, outermost first."""
    for _ in range(_MOST_STEPS):
        for frame_name, next_name in places.SUSPENDED:
            frame = getattr(coroutine, frame_name, None)
            if frame is not None:
                yield frame
                coroutine = getattr(coroutine, next_name, None)
                break
        else:
            coroutine = getattr(coroutine, "cr_await", None)  # a native one has no frame
            if coroutine is None:
                return


def is_behind(exception: BaseException, ending: BaseException) -> bool:
    """Whether `ending` was raised while `exception`, a CancelledError, was handled."""
    return any(behind is exception for behind in cancellations_behind(ending))


def raised_from(exception: BaseException, ending: BaseException) -> BaseException:
    """The exception that was raised while `exception` was handled, and led to `ending`."""
    for _ in range(_MOST_CONTEXTS):
        behind = ending.__cause__ or ending.__context__
        if behind is None or behind is exception:
            break
        ending = behind
    return ending


def cancellations_behind(exception: BaseException | None) -> Iterator[BaseException]:
    """The CancelledErrors among an exception and those that it was raised in the handling of."""
    for _ in range(_MOST_CONTEXTS):
        if exception is None:
            return
        if isinstance(exception, asyncio.CancelledError):
            yield exception
        exception = exception.__cause__ or exception.__context__
