"""Pools: what can be told of a thread pool's load, and jobs that had to wait for a worker.

Law: knows concurrent.futures.ThreadPoolExecutor and its inside, nothing of findings. Keeps no pool
alive. A job behaves as the function it stands for, and its exceptions bear no trace of it.
"""

from __future__ import annotations

import math
import sys
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor, _base, thread
from time import monotonic
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

# What a worker calls for each job; and the file of what that calls besides the job itself.
_RUN = getattr(getattr(getattr(thread, "_WorkItem", None), "run", None), "__code__", None)
_OWN_FILE = _base.__file__
# The loop of a worker.
WORKER = getattr(getattr(thread, "_worker", None), "__code__", None)

_has_gil = getattr(sys, "_is_gil_enabled", lambda: True)

_here = threading.local()
# Any thread may use it; each operation is one of dict's own.
_pools: dict[int, Pool] = {}
# Classes of executors, and whether their workers are threads of this interpreter.
_are_threads: dict[type, bool] = {}


class Job:
    """A function that has to wait for a worker of a pool.

    Attributes:
        function: what it stands for.
        pool: which.
        submitted_s: when it was given to the pool, in seconds of time.monotonic().
        ahead: how many jobs were waiting then.
        started_s: when a worker began with it; None before that.
        free_s: when that worker had ended a job before that had to wait, too; else None.
        busy_s: for how long such jobs were at work while this one waited, all together.
    """

    __slots__ = (
        "__weakref__", "ahead",
        "busy_s", "free_s", "function", "pool", "started_s", "submitted_s",
    )  # fmt: skip

    def __init__(self, function: Callable[..., Any], pool: Pool) -> None:
        self.function = function
        self.pool = pool
        self.ahead = pool.queued()
        self.started_s: float | None = None
        self.free_s: float | None = None
        self.busy_s = -pool.busy_s
        self.submitted_s = monotonic()

    def __call__(self, *arguments: Any) -> Any:
        """Call the function."""
        pool = self.pool
        self.free_s = getattr(_here, "free_s", None)
        self.busy_s += pool.busy_s
        self.started_s = monotonic()
        try:
            return self.function(*arguments)
        except BaseException as error:
            # Its first entry is this very frame; to raise it again adds none.
            error.__traceback__ = error.__traceback__ and error.__traceback__.tb_next
            raise
        finally:
            _here.free_s = now = monotonic()
            pool.busy_s += now - self.started_s

    def __getattr__(self, name: str) -> Any:
        return getattr(self.function, name)


class Pool:
    """What is known of one thread pool.

    Attributes:
        busy_s: for how long its workers have been at work in jobs that had to wait and have ended.
            Two that end at a time may count as one: it is never too much.
    """

    def __init__(self, executor: Any) -> None:
        key = id(executor)
        self.busy_s = 0.0
        self._executor = weakref.ref(executor, lambda _: _pools.pop(key, None))

    @property
    def executor(self) -> Any:
        """The executor; None if it is gone."""
        return self._executor()

    @property
    def workers(self) -> int | None:
        """How many jobs it can run at once; None if that is not known."""
        return getattr(self.executor, "_max_workers", None)

    def queued(self) -> int:
        """How many jobs wait."""
        try:
            return int(self.executor._work_queue.qsize())
        except AttributeError:
            return 0

    def frames_at_work(self) -> list[FrameType] | None:
        """The innermost frames of all workers, if each is in the middle of a job; else None.

        Without a GIL no thread's frames hold still; then what the pool itself says must do, and
        there are no frames.
        """
        executor = self.executor
        workers = list(getattr(executor, "_threads", ()))
        if len(workers) < (self.workers or math.inf):
            return None
        if not _has_gil():
            return [] if is_full(executor) else None
        found = []
        frames = sys._current_frames()
        del frames[threading.get_ident()]  # this very frame, which would hold itself
        for worker in workers:
            innermost = frame = frames.get(worker.ident)
            inside = None
            while frame is not None and item_at(frame) is None:
                frame, inside = frame.f_back, frame
            if frame is None or innermost is None:
                return None
            if inside is not None and inside.f_code.co_filename == _OWN_FILE:
                return None  # between two jobs
            found.append(innermost)
        return found


def item_at(frame: FrameType) -> Any:
    """What a worker has taken out of its pool's queue and is at, if this is the frame; else None.

    CPython's own item has a frame for that; ours, which is native, has none and says so itself.
    """
    if frame.f_code is _RUN:
        return frame.f_locals.get("self")
    if frame.f_code is WORKER:
        item = frame.f_locals.get("work_item")
        return item if getattr(item, "is_at_work", False) else None
    return None


def is_full(executor: Any) -> bool:
    """Whether it is a thread pool that has no worker free.

    Up to 3.11 a pool that once had a queue may take workers for idle that are not.
    """
    kind = type(executor)
    if kind not in _are_threads:
        _are_threads[kind] = _runs_threads(kind)
    if not _are_threads[kind]:
        return False
    try:
        return bool(
            executor._work_queue.qsize()
            or (
                not executor._idle_semaphore._value
                and len(executor._threads) >= executor._max_workers
            )
        )
    except AttributeError:
        return False


def _runs_threads(kind: type) -> bool:
    return issubclass(kind, ThreadPoolExecutor) and not any(
        each.__name__ == "InterpreterPoolExecutor" for each in kind.__mro__
    )


def pool_of(executor: Any) -> Pool:
    """What is known of an executor."""
    pool = _pools.get(id(executor))
    if pool is None:
        pool = _pools[id(executor)] = Pool(executor)
    return pool


def forget() -> None:
    """In a forked child: no worker has come along."""
    _pools.clear()
