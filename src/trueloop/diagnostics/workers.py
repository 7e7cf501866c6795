"""Workers: threads that keep the program from ending, and the lines where they sit.

Law: looks at threads from outside, by what CPython tells of their frames. Keeps no thread, no frame
and no job.
"""

from __future__ import annotations

import functools
import itertools
import sys
import threading
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import places
from trueloop.diagnostics.places import Origin, Place
from trueloop.diagnostics.pools import WORKER, Job, item_at

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from types import CodeType, FrameType

_MOST_FRAMES = 200

# Frames between run_in_executor() and the developer's own: asyncio.to_thread(), getaddrinfo(), ...
_MOST_BETWEEN = 6


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


class Submission(functools.partial[Any]):
    """A function that a loop gives to an executor, and the line that does so.

    As cheap as can be, for every job that CPython hands over is one: calling it adds no frame, and
    the line is looked up when somebody wants to know.
    """

    __slots__ = ("_code", "_lasti", "_made")

    _code: CodeType | None
    _lasti: int
    _made: Place | None

    def note(self, depth: int, loop: Any) -> None:
        """Remember who submits it: `depth` frames out of this one is whoever called the loop.

        By depth, because each frame on the way that is looked at becomes an object.
        """
        self._code = self._made = None
        try:
            for further in range(_MOST_BETWEEN):
                frame = sys._getframe(depth + further)
                code = frame.f_code
                if places.origin(code.co_filename) is Origin.USER:
                    self._code, self._lasti = code, frame.f_lasti
                    return
        except ValueError:  # there is no further one
            pass
        self._made = places.of_tuple(getattr(loop.hooks.current_task, "created_at", None))

    @property
    def place(self) -> Place | None:
        """The line; None if there was none of the developer's own."""
        if self._code is None:
            return self._made
        lines = itertools.islice(self._code.co_positions(), self._lasti // 2, None)
        return places.of_code(self._code, next(lines, (None,))[0])


def depth_of_caller() -> int:
    """How many frames out of a call by this function's caller whoever called the loop is."""
    depth = 1
    while sys._getframe(depth).f_code.co_name != "run_in_executor":
        depth += 1
    return depth + 1


class Submitted(NamedTuple):
    """The job of a loop that a worker is at.

    Attributes:
        place: the line that submitted it; None if there was none of the developer's own.
    """

    place: Place | None


def submitted(frame: FrameType) -> Submitted | None:
    """The loop's job that a worker is at in this frame; None if there is none."""
    item = item_at(frame)
    if item is None:
        return None
    if hasattr(item, "callers"):  # a native one
        places_of = (places.of_tuple(each) for each in item.callers[: _MOST_BETWEEN + 1])
        own = next((place for place in places_of if places.is_user(place)), None)
        return Submitted(own or places.of_tuple(item.task_created_at))
    function = getattr(item, "fn", None) or next(iter(getattr(item, "task", ())), None)  # 3.14
    if isinstance(function, Job):
        function = function.function
    return Submitted(function.place) if isinstance(function, Submission) else None


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
        job = next(filter(None, map(submitted, chain)), None)
        if own is None and job is not None:
            own = job.place
        is_pool_worker = any(each.f_code is WORKER for each in chain)
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
