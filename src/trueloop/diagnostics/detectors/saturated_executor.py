"""saturated-executor: a job waited over 0.1 s for a free worker of the loop's thread pool.

Law: judges in the loop's thread: while the job waits, when the loop has nothing to do, or else
after it has begun. docs/findings/saturated-executor.md says what it means to a developer.

A job has to wait if its pool has no worker free when it is submitted; no other is looked at. That
it waits for too long is seen while it waits: all workers are inside jobs then. Or it has begun
meanwhile, and its worker tells until when it was at work for somebody else. Time during which the
loop itself was held up does not count: whoever held it may have kept the workers from running, too.
"""

from __future__ import annotations

import math
import sys
import time
import weakref
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import guards, places, pools
from trueloop.diagnostics.callers import developers_own, outwards
from trueloop.diagnostics.finding import Finding, Related, Severity
from trueloop.diagnostics.ledger import counted
from trueloop.diagnostics.pools import Job, Pool

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType, FrameType

    from trueloop.diagnostics.places import Place

HINT = (
    "Give the work that takes long a pool of its own (run_in_executor(pool, ...)), make the pool "
    "larger, or let fewer jobs in at a time with an asyncio.Semaphore."
)
ALLOWED_S = 0.1
_MOST_WATCHED = 10_000
_MOST_OCCUPANTS = 3


class _Watched:
    """A job that had to wait, and what is known of its submission.

    Attributes:
        task: name of the task that submitted it, or None.
        held_s: how long the loop had been held up until then.
    """

    __slots__ = ("code", "held_s", "job", "lasti", "place", "task")

    def __init__(self, job: Job, task: Any, held_s: float) -> None:
        self.job = weakref.ref(job)
        self.task = task
        self.held_s = held_s
        self.place: Place | None = None
        self.code: CodeType | None = None
        self.lasti = 0

    @property
    def where(self) -> Place | None:
        """The line that submitted it; a look-up that can wait until somebody wants to know."""
        if self.code is None:
            return self.place
        position = guards.position_of(self.code, self.lasti)
        return places.of_code(self.code, None if position is None else position[0])


class SaturatedExecutor:
    """Reports jobs that waited for a worker."""

    kind = "saturated-executor"
    needs: tuple[str, ...] = ("submits", "idle")

    def __init__(self, record: Callable[..., None]) -> None:
        self._record = record
        self._watched: list[_Watched] = []
        self._held_s = 0.0  # how long the loop was held up, altogether
        _detectors.add(self)

    # -- hooks

    def submits(self, loop: Any, executor: Any, function: Callable[..., Any]) -> Any:
        """Hook: the loop is about to give a job to an executor. What it is to give instead."""
        if executor is None:
            executor = loop._default_executor  # None: asyncio makes it next
        if executor is None or not pools.is_full(executor):
            return function
        if loop.get_debug() or not callable(function):
            return function  # asyncio is about to look at it closely
        if len(self._watched) >= _MOST_WATCHED:
            return function
        job = Job(function, pools.pool_of(executor))
        self._watch(loop, job)
        return job

    def slow_step(self, loop: Any, ran: Any, started_ticks: int, duration_s: float) -> None:
        """Hook: a step has held up the loop."""
        self._held_s += duration_s

    def slow_pass(
        self, loop: Any, began_ticks: int, duration_s: float, entries: int, late_s: float
    ) -> None:
        """Hook: many steps have held up the loop together."""
        self._held_s += duration_s

    def idle(self, loop: Any, wait_s: float) -> float:
        """Hook: the loop is about to wait. The seconds until a job has waited for too long."""
        return self._look() if self._watched else math.inf

    @classmethod
    def program_ends(cls, record: Callable[..., None]) -> None:
        """The program is over: look once more."""
        for detector in list(_detectors):
            detector._look()

    @classmethod
    def fork(cls) -> None:
        """In a forked child: neither workers nor their jobs have come along."""
        pools.forget()
        for detector in list(_detectors):
            detector._watched.clear()

    # -- judging

    def _watch(self, loop: Any, job: Job) -> None:
        task = loop.hooks.current_task
        name = None if task is None else task.get_name()
        watched = _Watched(job, name, self._held_s)
        frame = _submitter()
        own = developers_own(frame)
        if own is None:
            watched.place = _made(task, frame)
            if watched.place is None:
                return
        else:
            watched.code, watched.lasti = own.f_code, own.f_lasti
        self._watched.append(watched)

    def _look(self) -> float:
        """Judge each job that had to wait; the seconds until the next has waited for too long."""
        now = time.monotonic()
        soonest = math.inf
        kept = []
        busy: dict[Pool, list[FrameType] | None] = {}  # jobs often wait by the thousand
        for watched in self._watched:
            job = watched.job()
            if job is None:
                continue  # cancelled, or over
            held_s = self._held_s - watched.held_s
            if job.started_s is not None:
                if job.free_s is not None:
                    waited_s = job.free_s - job.submitted_s - held_s
                    if waited_s > ALLOWED_S and _were_at_work(job, waited_s):
                        self._tell(watched, job, waited_s, [])
                continue
            waited_s = now - job.submitted_s - held_s
            if waited_s > ALLOWED_S:
                if job.pool not in busy:
                    busy[job.pool] = job.pool.frames_at_work()
                at_work = busy[job.pool]
                if at_work is not None:
                    self._tell(watched, job, waited_s, at_work)
                continue
            soonest = min(soonest, ALLOWED_S - waited_s)
            kept.append(watched)
        self._watched = kept
        return soonest

    def _tell(self, watched: _Watched, job: Job, waited_s: float, busy: list[FrameType]) -> None:
        where = watched.where
        if counted(self._record, self.kind, where):
            return
        workers = job.pool.workers or 0
        before = f", and {job.ahead} more jobs were waiting before it" if job.ahead else ""
        waited = "has been waiting for" if job.started_s is None else "has waited"
        self._record(
            Finding(
                kind=self.kind,
                severity=Severity.WARNING,
                message=(
                    f"a job {waited} {waited_s:.2f} s, because all {workers} workers of its "
                    f"executor were busy{before}"
                ),
                hint=HINT,
                time=time.time(),
                task=watched.task,
                where=where,
                related=_occupants(busy),
                details={
                    "waited_s": round(waited_s, 3),
                    "workers": workers,
                    "queued": job.pool.queued(),
                },
            )
        )


_detectors: weakref.WeakSet[SaturatedExecutor] = weakref.WeakSet()


def _were_at_work(job: Job, waited_s: float) -> bool:
    """Whether the workers spent that time in jobs, and not waiting for a processor or the GIL.

    That is what they do if many short jobs meet a machine that has no time for them.
    """
    return job.busy_s > waited_s * (job.pool.workers or 1) / 2


def _submitter() -> FrameType | None:
    """The frame that has called run_in_executor."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_name != "run_in_executor":
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name == "run_in_executor":
        frame = frame.f_back  # the loop's own method, and those that override it
    return frame


def _made(task: Any, frame: FrameType | None) -> Place | None:
    """Where a task that is nothing but a job was made; or a line of an installed library's."""
    noted = getattr(getattr(task, "get_coro", lambda: None)(), "cr_origin", None) or ()
    made = [places.Place(*each) for each in noted]
    created = places.of_tuple(getattr(task, "created_at", None))
    stack = [places.of_code(each.f_code, each.f_lineno) for each in outwards(frame)]
    where = places.foremost(each for each in (*made, created, *stack) if each is not None)
    return None if where is None or places.origin(where.file) >= places.Origin.STDLIB else where


def _occupants(busy: list[FrameType]) -> tuple[Related, ...]:
    """What keeps the workers busy: distinct lines of the developer's code, if there are any."""
    found: list[Place] = []
    for innermost in busy:
        frame = developers_own(innermost)
        place = None if frame is None else places.of_code(frame.f_code, frame.f_lineno)
        if place is not None and place not in found:
            found.append(place)
    return tuple(Related("occupied by", place) for place in found[:_MOST_OCCUPANTS])
