"""Whether anybody ever asks a concurrent.futures.Future for its outcome.

Law: knows concurrent.futures.Future and threads; nothing of loops and findings. Keeps no future
alive.

A concurrent future has no flag that says whether it was read. But each of its methods enters its
condition (`with self._condition`), so the condition's class is exchanged for one that notices who
does. Nothing the program can see changes: neither the future's type nor its attributes.
"""

from __future__ import annotations

import concurrent.futures
import sys
import threading
import weakref
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, NamedTuple

from trueloop.diagnostics import plumbing

if TYPE_CHECKING:
    from collections.abc import Callable

# Methods that tell nothing of the outcome.
_HARMLESS = {
    getattr(Future, name).__code__
    for name in (
        "__repr__",
        "cancel",
        "cancelled",
        "done",
        "running",
        "set_exception",
        "set_result",
        "set_running_or_notify_cancel",
    )
}
_READING = {Future.result.__code__, Future.exception.__code__}

# From the innermost frame of a thread that waits for a future outwards to result(): threading's and
# ours.
_MOST_FRAMES = 8


class _Listening(threading.Condition):
    """A condition that notices whether anybody wanted to know the outcome."""

    asked = False

    def __enter__(self) -> bool:
        if sys._getframe(1).f_code not in _HARMLESS:
            self.asked = True
        return super().__enter__()


class _Watched(NamedTuple):
    future: weakref.ref[Any]
    condition: Any  # a _Listening
    unread: Callable[[], object]

    def judge(self) -> None:
        if not self.condition.asked:
            self.unread()


# Futures that are watched, by identity.
_watched: dict[int, _Watched] = {}


def watch(future: Any, unread: Callable[[], object]) -> None:
    """Call unread() once the future has died without anybody having asked it for its outcome.

    To be called just before the outcome is set. Does nothing if somebody listens already.
    """
    if type(future) is not concurrent.futures.Future:
        return
    condition = future._condition
    if type(condition) is not threading.Condition or _has_listener(future):
        return
    condition.__class__ = _Listening
    if _is_being_read(future):  # by a thread that entered the condition before
        return
    key = id(future)
    _watched[key] = _Watched(weakref.ref(future, lambda _: _died(key)), condition, unread)


def _has_listener(future: Any) -> bool:
    """Whether there is a wait() on it, or a done-callback other than the one for cancellation.

    That one is put there by run_coroutine_threadsafe. wrap_future's would hand the outcome on; from
    3.14 on it does not enter the condition.
    """
    return bool(future._waiters) or any(
        getattr(callback, "__code__", None) is not plumbing.CHECKS_CANCEL
        for callback in future._done_callbacks
    )


def _is_being_read(future: Any) -> bool:
    """Whether some thread is inside the future's result() or exception() right now."""
    frames = sys._current_frames()
    # This very frame: held in a variable of its own, it would keep the future alive.
    del frames[threading.get_ident()]
    for innermost in frames.values():
        frame = innermost
        for _ in range(_MOST_FRAMES):
            if frame.f_code in _READING and frame.f_locals.get("self") is future:
                return True
            if frame.f_back is None:
                break
            frame = frame.f_back
    return False


def _died(key: int) -> None:
    watched = _watched.pop(key, None)
    if watched is not None:
        watched.judge()


def end_watch() -> None:
    """The program is over: nobody will ask the futures that are still alive either."""
    while _watched:
        _, watched = _watched.popitem()
        watched.judge()


def forget() -> None:
    """Watch nothing any more."""
    _watched.clear()
