"""Standstill: what outside a loop's own tasks could still wake the loop.

Law: knows the process, not the tasks. Answers "nothing" only if that is proved from what the
system itself says: descriptors from the loop's epoll, threads and signals from /proc. Whatever is
missing or unknown counts as somebody who might wake it.
"""

from __future__ import annotations

import asyncio
import contextlib
import dis
import functools
import importlib
import math
import os
import signal
import sys
import threading
from concurrent.futures import thread as thread_pool

# By name, as in files.py.
from os import listdir
from typing import TYPE_CHECKING, Any

from trueloop.diagnostics import files

if TYPE_CHECKING:
    from types import FrameType

_OUR_THREADS = {"trueloop-watch", "trueloop-exit"}
# Handlers of these end the process, or report that it ends; they wake nobody.
_FATAL = frozenset(
    getattr(signal, name, None)  # other systems do not have them all
    for name in ("SIGABRT", "SIGBUS", "SIGFPE", "SIGILL", "SIGSEGV", "SIGSYS", "SIGTRAP")
)
_LIBC_SIGNALS = (32, 33)  # of the C library's own, for its threads

# A thread or a child may end without a word to the loop.
_LOOK_AGAIN_S = 0.1
_EVENTS = 0xFFFF  # of epoll; above are its flags


def might_wake(loop: Any, switches: dict[int, int]) -> float | None:
    """None if nothing outside can wake `loop`, which has no timer and nothing to run.

    Else the seconds after which it is worth while to look again: infinity if whatever it is wakes
    the loop by itself.

    Args:
        loop: the loop of this thread, which is about to sleep.
        switches: what the last look noted of other threads; this one puts its own there. Between
            two looks the loop must have polled.
    """
    try:
        if _watches_descriptors(loop) or _handles_signals():
            return math.inf
        if _has_other_threads(switches) or _has_children():
            return _LOOK_AGAIN_S
        if loop._ready:  # at last: what a thread posted before it ended, or waited for work again
            return _LOOK_AGAIN_S
    except (OSError, KeyError, AttributeError):  # no /proc, or other names than are known
        return math.inf
    return None


def _text(path: str) -> str:
    """What a file of /proc says."""
    return files.contents(path).decode(errors="replace")


def _watches_descriptors(loop: Any) -> bool:
    """Whether the loop's epoll waits for anything but the loop's own descriptors."""
    if loop.poller.watched > 1:
        return True  # a server's ordinary case, and its list may be long
    epoll = loop._selector.fileno()
    info = _text(f"/proc/self/fdinfo/{epoll}").splitlines()
    # tfd: NUMBER events: BITS ...; a registration that sleeps asks for none of the lower ones.
    lines = (line.split() for line in info if line.startswith("tfd:"))
    registered = {int(words[1]) for words in lines if int(words[3], 16) & _EVENTS}
    return bool(registered - {loop._ssock.fileno(), *loop.poller.own_descriptors()})


# -- signals


# signal.getsignal() tries to make an enum member of each handler, and for that of asyncio.Runner
# ends up in the repr() of the main task and of all that this task holds.
_handler_of: Any = importlib.import_module("_signal").getsignal


def _handles_signals() -> bool:
    """Whether the program handles any signal, but for the interpreter's own way with Ctrl-C."""
    for number in _caught_signals():
        if number in _LIBC_SIGNALS:
            continue
        handler = _handler_of(number)
        if callable(handler):
            if number != signal.SIGINT or not _is_ctrl_c(handler):
                return True
        elif number not in _FATAL:
            return True  # C code's own
    return False


def _caught_signals() -> list[int]:
    for line in _text("/proc/self/status").splitlines():
        if line.startswith("SigCgt:"):
            mask = int(line.split()[1], 16)
            return [number + 1 for number in range(mask.bit_length()) if mask >> number & 1]
    raise OSError("the system does not say which signals are caught")


def _is_ctrl_c(handler: Any) -> bool:
    if handler is signal.default_int_handler:
        return True
    # asyncio.Runner's own: partial(self._on_sigint, main_task=...)
    method = getattr(handler, "func", None) if type(handler) is functools.partial else None
    return getattr(method, "__func__", None) is getattr(asyncio.Runner, "_on_sigint", ())


# -- threads


def _has_other_threads(switches: dict[int, int]) -> bool:
    """Whether there is any thread but this one, the watch, and idle workers of thread pools."""
    others: dict[int, int] = {}
    own = threading.get_native_id()
    for entry in listdir("/proc/self/task"):
        if int(entry) != own:
            name, count = _status(entry)
            if name not in _OUR_THREADS:
                others[int(entry)] = count
    before = switches.copy()
    switches.clear()
    switches.update(others)
    if not others:
        return False
    frames = sys._current_frames()
    known = {thread.native_id: thread.ident for thread in threading.enumerate()}
    return not all(
        before.get(tid) == count
        and count != _RUNS
        and _is_idle_worker(frames.get(known.get(tid) or 0))
        for tid, count in others.items()
    )


_RUNS = -1
_GONE = (FileNotFoundError, ProcessLookupError)  # it has just ended


def _status(tid: str) -> tuple[str, int]:
    """Name of a thread, and how often it was given a processor; _RUNS if it wants one now."""
    fields: dict[str, str] = {}
    with contextlib.suppress(*_GONE):
        for line in _text(f"/proc/self/task/{tid}/status").splitlines():
            name, _, value = line.partition(":")
            fields[name] = value.strip()
    if not fields.get("State", "").startswith("S"):
        return fields.get("Name", ""), _RUNS
    count = int(fields["voluntary_ctxt_switches"]) + int(fields["nonvoluntary_ctxt_switches"])
    return fields["Name"], count


def _is_idle_worker(frame: FrameType | None) -> bool:
    """Whether a thread is a pool's that waits for work, of which there is none.

    A job that was handed to a worker is in no queue any more, and the worker may not have moved
    yet. But then it wants a processor, or has had one since the look before.
    """
    if frame is None or frame.f_code is not _WORKER or frame.f_lineno not in _WAITING_LINES:
        return False
    queue = frame.f_locals.get("work_queue")
    return queue is not None and queue.qsize() == 0


_WORKER = getattr(getattr(thread_pool, "_worker", None), "__code__", None)


def _lines_that_wait() -> frozenset[int]:
    """The lines of a worker's loop at which it waits for work: those that call get()."""
    found = set()
    line = 0
    for instruction in dis.get_instructions(_WORKER) if _WORKER is not None else ():
        position = instruction.positions
        line = position.lineno if position is not None and position.lineno else line
        if instruction.argval == "get":
            found.add(line)
    return frozenset(found)


_WAITING_LINES = _lines_that_wait()


# -- processes


if sys.platform == "linux":

    def _has_children() -> bool:
        """Whether the process has a child that has not ended."""
        try:
            os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return False
        children = _text("/proc/thread-self/children").split()
        try:
            for entry in listdir("/proc/self/task"):
                children += _text(f"/proc/self/task/{entry}/children").split()
        except _GONE:
            return True  # a thread has just ended; its children are another one's now
        return any(_is_alive(child) for child in children)

else:

    def _has_children() -> bool:
        """Not known here."""
        return True


def _is_alive(child: str) -> bool:
    try:
        return _text(f"/proc/{child}/stat").rpartition(")")[2].split()[0] not in ("Z", "X")
    except _GONE:
        return False
