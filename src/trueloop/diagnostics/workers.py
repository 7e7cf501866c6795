"""Workers: threads that keep the program from ending, and the lines where they sit.

Law: looks at threads from outside, by what CPython tells of their frames. Keeps no thread, no frame
and no job.
"""

from __future__ import annotations

import functools
import sys
import threading
import weakref
from concurrent.futures import thread as pool
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import places
from trueloop.diagnostics.callers import developers_own
from trueloop.diagnostics.places import Origin, Place
from trueloop.diagnostics.pools import Job

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import FrameType

_JOB = Job.__call__.__code__
_WORKER = getattr(getattr(pool, "_worker", None), "__code__", None)
_MOST_FRAMES = 200

# The lines that submitted jobs which have no line of the developer's own.
_submitted: weakref.WeakKeyDictionary[Job, Place] = weakref.WeakKeyDictionary()


class Sitting(NamedTuple):
    """A thread and where it sits.

    Attributes:
        ident: the thread's identification number.
        name: its name.
        stack: its lines, innermost first.
        where: the line to look at; None if there is none of the developer's own.
        is_job: it works for a loop's run_in_executor().
        is_pool_worker: it belongs to a thread pool.
    """

    ident: int
    name: str
    stack: tuple[Place, ...]
    where: Place | None
    is_job: bool
    is_pool_worker: bool


def note_submission(job: Any, task: Any) -> None:
    """Remember who submits the job, if its own lines will not tell. To be called while he does.

    `task` is the task that runs now, or None; it may be nothing but asyncio.to_thread().
    """
    if isinstance(job, Job) and not _is_users(job._function):
        frame = developers_own(_submitter())
        if frame is not None:
            _submitted[job] = places.of_code(frame.f_code, frame.f_lineno)
        elif (made := places.of_tuple(getattr(task, "created_at", None))) is not None:
            _submitted[job] = made


def _submitter() -> FrameType | None:
    """The frame that has called run_in_executor, whose own frames are the loop's."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None and frame.f_code.co_name != "run_in_executor":
        frame = frame.f_back
    while frame is not None and frame.f_code.co_name == "run_in_executor":
        frame = frame.f_back
    return frame


def _is_users(function: Any) -> bool:
    """Whether a function is of the developer's own code, or calls some."""
    while isinstance(function, functools.partial):
        if any(_is_users(each) for each in function.args if callable(each)):
            return True  # asyncio.to_thread's context.run
        function = function.func
    if isinstance(function, MethodType):
        function = function.__func__
    if isinstance(function, FunctionType):
        return places.origin(function.__code__.co_filename) is Origin.USER
    return not hasattr(function, "__self__") and type(function).__module__ != "builtins"


def sitting(threads: Iterable[threading.Thread]) -> Iterator[Sitting]:
    """Where those of the threads sit that work for the developer's code, and run no loop."""
    frames = sys._current_frames()
    for thread in threads:
        frame = frames.get(thread.ident or 0)
        if frame is None:
            continue
        chain = list(_outwards(frame))
        if any(each.f_code.co_filename in places.LOOP_FILES for each in chain):
            continue
        stack = tuple(places.of_code(each.f_code, each.f_lineno) for each in chain)
        own = next((place for place in stack if places.is_user(place)), None)
        job = next((each.f_locals.get("self") for each in chain if each.f_code is _JOB), None)
        if own is None and isinstance(job, Job):
            own = _submitted.get(job)
        is_pool_worker = any(each.f_code is _WORKER for each in chain)
        yield Sitting(thread.ident or 0, thread.name, stack, own, job is not None, is_pool_worker)


def _outwards(frame: FrameType | None) -> Iterator[FrameType]:
    for _ in range(_MOST_FRAMES):
        if frame is None:
            return
        yield frame
        frame = frame.f_back


def of_executor(executor: Any) -> list[threading.Thread]:
    """The worker threads of a thread pool."""
    return list(getattr(executor, "_threads", ()))


def unfinished() -> list[threading.Thread]:
    """The threads that the interpreter waits for at its end."""
    me = threading.current_thread()
    mine = (me, threading.main_thread())
    return [each for each in threading.enumerate() if not each.daemon and each not in mine]
