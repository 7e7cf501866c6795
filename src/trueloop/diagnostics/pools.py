"""Pools: the jobs that a loop has given to thread pools: which run, which wait for a worker.

Law: knows concurrent.futures.ThreadPoolExecutor and threads, nothing of findings. Keeps no pool
alive, and a job no longer than the pool does. A job behaves as the function it stands for, and its
exceptions bear no trace of it.

A job that the loop cancels before it began is dropped by the pool without having been called: it
ends when it dies.
"""

from __future__ import annotations

import itertools
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor, thread
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# What a worker calls for each job.
_RUN = getattr(getattr(getattr(thread, "_WorkItem", None), "run", None), "__code__", None)

_serials = itertools.count()
_here = threading.local()
# Any thread may use it, and a pool's set; each operation is one of dict's or set's own.
_pools: dict[int, Pool] = {}


class Job:
    """A function that is about to run in a pool.

    Attributes:
        pool: where.
        submitted_s: when it was given to the pool, in seconds of time.monotonic().
        ahead: how many jobs of the pool's had not ended then.
        started_s: when a worker began with it; None before that.
        free_s: when that worker had ended its job before; None if this is its first.
        busy_s: for how long the pool's workers had been at work while it waited, all together.
    """

    __slots__ = (
        "__weakref__", "_function", "_serial",
        "ahead", "busy_s", "free_s", "pool", "started_s", "submitted_s",
    )  # fmt: skip

    def __init__(self, function: Callable[..., Any], pool: Pool) -> None:
        self._function = function
        self._serial = next(_serials)
        self.pool = pool
        self.ahead = len(pool.jobs)
        self.started_s: float | None = None
        self.free_s: float | None = None
        self.busy_s = -pool.busy_s
        pool.jobs.add(self._serial)
        self.submitted_s = monotonic()

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        pool = self.pool
        self.free_s = getattr(_here, "free_s", None)
        self.busy_s += pool.busy_s
        self.started_s = pool.running[self._serial] = monotonic()
        try:
            return self._function(*arguments)
        except BaseException as error:
            # Its first entry is this very frame; to raise it again adds none.
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        finally:
            pool.jobs.discard(self._serial)
            pool.running.pop(self._serial, None)
            _here.free_s = now = monotonic()
            pool.busy_s += now - self.started_s

    def __del__(self) -> None:
        self.pool.jobs.discard(self._serial)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._function, name)


class Pool:
    """What is known of one thread pool.

    Attributes:
        jobs: a number for each job that has not ended and may yet.
        running: those that run, with the time at which each began.
        busy_s: for how long its workers have been at work, all together, in jobs that have ended.
            Two that end at a time may count as one: it is never too much.
    """

    def __init__(self) -> None:
        self.jobs: set[int] = set()
        self.running: dict[int, float] = {}
        self.busy_s = 0.0
        self._executor: weakref.ref[Any] | None = None

    def bind(self, executor: Any) -> None:
        """It is this executor."""
        key = id(executor)
        self._executor = weakref.ref(executor, lambda _: _pools.pop(key, None))
        _pools[key] = self

    @property
    def executor(self) -> Any:
        """The executor; None if it is gone, or not made yet."""
        return None if self._executor is None else self._executor()

    @property
    def workers(self) -> int | None:
        """How many jobs it can run at once; None if that is not known."""
        return getattr(self.executor, "_max_workers", None)

    def busy_since(self, job: Job, now: float) -> float:
        """For how long its workers have been at work since a job was submitted, in seconds."""
        if job.started_s is not None:
            return job.busy_s
        running = sum(now - began for began in list(self.running.values()))
        return job.busy_s + self.busy_s + running

    def queued(self) -> int:
        """How many jobs wait, those that it got from elsewhere included."""
        try:
            return int(self.executor._work_queue.qsize())
        except AttributeError:
            return 0

    def seems_full(self) -> bool:
        """Whether it looks as if no worker were idle; up to 3.11 a pool may forget that one is."""
        executor = self.executor
        try:
            return bool(
                executor._work_queue.qsize() > 0
                or (
                    len(executor._threads) >= executor._max_workers
                    and executor._idle_semaphore._value == 0
                )
            )
        except AttributeError:
            return False

    def frames_at_work(self) -> list[FrameType]:
        """The innermost frames of the workers that are in the middle of a job, whoever gave it."""
        found = []
        frames = sys._current_frames()
        for worker in list(getattr(self.executor, "_threads", ())):
            innermost = frames.get(worker.ident)
            frame = innermost
            while frame is not None and frame.f_code is not _RUN:
                frame = frame.f_back
            if frame is not None and innermost is not None:
                found.append(innermost)
        return found


def is_thread_pool(executor: Any) -> bool:
    """Whether the executor runs its jobs in threads of this interpreter."""
    return isinstance(executor, ThreadPoolExecutor) and not any(
        kind.__name__ == "InterpreterPoolExecutor" for kind in type(executor).__mro__
    )


def pool_of(executor: Any) -> Pool:
    """What is known of an executor."""
    pool = _pools.get(id(executor))
    if pool is None:
        pool = Pool()
        pool.bind(executor)
    return pool


def forget() -> None:
    """In a forked child: no worker has come along."""
    _pools.clear()
